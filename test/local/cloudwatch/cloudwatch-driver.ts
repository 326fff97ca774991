import { createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import type { Json } from '#local/kernel/service.ts';
import { ROOT, START_MS, type TestHost, testHost } from '../sqs/test-host.ts';

export function cloudWatch(host: TestHost = testHost()) {
  const service = createCloudWatch(host);
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  const put = (name: string, value: number, offsetMs: number, dimensions = {}) =>
    service.putValue('Billing', name, dimensions, value, START_MS + offsetMs);
  const metric = (Id: string, MetricName: string, Stat: string, more: Json = {}) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Billing', MetricName }, Period: 60, Stat },
    ...more,
  });
  /** The values of the first result, oldest first, over the given minutes after the start. */
  const values = async (queries: Json[], minutes = 5): Promise<number[][]> => {
    const answer = await call('GetMetricData', {
      MetricDataQueries: queries,
      StartTime: START_MS / 1000,
      EndTime: START_MS / 1000 + minutes * 60,
      ScanBy: 'TimestampAscending',
    });
    return (answer['MetricDataResults'] as { Values: number[] }[]).map(({ Values }) => Values);
  };
  return { host, service, call, put, metric, values };
}
