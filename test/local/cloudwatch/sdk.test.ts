import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  ResourceNotFound,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import { CLOUDWATCH_TARGET, cloudWatchBody } from '#local/cloudwatch/protocol.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import { ROOT, START_MS, testHost } from '../sqs/test-host.ts';

type SdkRequest = { headers: Record<string, string>; body: Uint8Array };

function client() {
  const service = createCloudWatch(testHost());
  const encodings: (string | undefined)[] = [];
  const respond = (statusCode: number, content: object) => {
    const body = Buffer.from(JSON.stringify(content));
    return {
      response: { statusCode, headers: { 'content-type': 'application/x-amz-json-1.0' }, body },
    };
  };
  async function handle({ headers, body }: SdkRequest) {
    const [prefix, operation = ''] = headers['x-amz-target']!.split('.');
    expect(prefix).toBe(CLOUDWATCH_TARGET);
    encodings.push(headers['content-encoding']);
    const input = JSON.parse(cloudWatchBody(Buffer.from(body), headers['content-encoding']));
    try {
      return respond(200, await service.call(operation, input, ROOT));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return respond(error.status, { __type: error.code, message: error.message });
    }
  }
  const sdk = new CloudWatchClient({
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { handle } as never,
  });
  return { sdk, encodings };
}

it('takes metrics and alarms from the real client, compressed or not', async () => {
  const { sdk, encodings } = client();
  const Timestamp = new Date(START_MS);
  const datum = (Value: number) => ({
    MetricName: 'DelayMs',
    Value,
    Timestamp,
    Dimensions: [{ Name: 'gateway', Value: 'tbank' }],
  });
  const put = (count: number) =>
    sdk.send(
      new PutMetricDataCommand({
        Namespace: 'Billing',
        MetricData: Array.from({ length: count }, (_, at) => datum(at + 1)),
      }),
    );
  await put(1);
  await put(200);
  expect(encodings).toEqual([undefined, 'gzip']);

  const Metric = { Namespace: 'Billing', MetricName: 'DelayMs', Dimensions: datum(0).Dimensions };
  const { MetricDataResults } = await sdk.send(
    new GetMetricDataCommand({
      StartTime: Timestamp,
      EndTime: new Date(START_MS + 60_000),
      MetricDataQueries: [{ Id: 'n', MetricStat: { Metric, Period: 60, Stat: 'SampleCount' } }],
    }),
  );
  expect(MetricDataResults).toMatchObject([{ Id: 'n', Values: [201], Timestamps: [Timestamp] }]);

  await sdk.send(
    new PutMetricAlarmCommand({
      AlarmName: 'Slow',
      ...Metric,
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  const set = (AlarmName: string) =>
    sdk.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'drill' }));
  await set('Slow');
  const { MetricAlarms } = await sdk.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toMatchObject([
    { AlarmName: 'Slow', StateValue: 'ALARM', StateUpdatedTimestamp: Timestamp },
  ]);
  await expect(set('None')).rejects.toBeInstanceOf(ResourceNotFound);
});
