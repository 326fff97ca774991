import { afterEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { arnOf, eventually, ref, testFunction, writeAssembly } from '../cloud/assembly-fixture.ts';
import { ShiftableClock } from '../cloud/shiftable-clock.ts';

let running: Cloud | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function startProbe(properties: Record<string, unknown> = {}, options = {}, more = {}) {
  const Resources = { ...testFunction('Probe', 'probe', properties), ...more };
  running = await startCloud({ assembly: writeAssembly({ App: { Resources } }), ...options });
  return running;
}

async function probe(cloud: Cloud, event: Record<string, unknown> = {}) {
  const outcome = await cloud.invoke('Probe', event);
  if (outcome.kind !== 'ok') throw new Error(`the probe ended as ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.payload);
}

const statsOf = (cloud: Cloud) => Object.values(cloud.functions())[0];

describe('an execution environment', () => {
  it('has the variables of the function and those of Lambda, and nothing of this process', async () => {
    const Variables = { STAGE: 'dev', NODE_OPTIONS: '--enable-source-maps' };
    const cloud = await startProbe({ Environment: { Variables } });
    const { environment, memory, arn } = await probe(cloud);
    expect(environment).toMatchObject({
      STAGE: 'dev',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: expect.stringMatching(/^App-Probe-/),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA/),
    });
    expect(environment).not.toHaveProperty('PATH');
    expect(environment).not.toHaveProperty('NODE_OPTIONS');
    expect(memory).toBe('256');
    expect(arn).toMatch(/^arn:aws:lambda:eu-central-1:000000000000:function:App-Probe-/);
  });

  it('is kept warm and runs one invocation at a time', async () => {
    const cloud = await startProbe();
    expect((await probe(cloud)).invocations).toBe(1);
    expect((await probe(cloud)).invocations).toBe(2);
    const together = await Promise.all([
      probe(cloud, { waitMs: 50 }),
      probe(cloud, { waitMs: 50 }),
    ]);
    expect(together.map(({ invocations }) => invocations).sort()).toEqual([1, 3]);
    expect(statsOf(cloud)).toMatchObject({ coldStarts: 2, invocations: 4, idle: 2 });
  });

  it('tells how much time is left', async () => {
    const cloud = await startProbe({ Timeout: 5 });
    const { remainingMs } = await probe(cloud);
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(5000);
  });

  it('is killed at the timeout, even in an endless loop, and the next call gets a new one', async () => {
    const cloud = await startProbe({ Timeout: 1 });
    const outcome = await cloud.invoke('Probe', { loops: true });
    expect(outcome).toMatchObject({
      kind: 'error',
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
      },
    });
    expect((await probe(cloud)).invocations).toBe(1);
  });

  it('is replaced when the function ends the process', async () => {
    const cloud = await startProbe();
    expect(await cloud.invoke('Probe', { exits: true })).toMatchObject({
      error: { errorType: 'Runtime.ExitError' },
    });
    expect((await probe(cloud)).invocations).toBe(1);
  });

  it('survives an error that the function throws', async () => {
    const cloud = await startProbe();
    expect(await cloud.invoke('Probe', { throws: 'no such invoice' })).toMatchObject({
      error: { errorType: 'TypeError', errorMessage: 'no such invoice' },
    });
    expect((await probe(cloud)).invocations).toBe(2);
    expect(statsOf(cloud)).toMatchObject({ errors: 1, invocations: 2 });
  });

  it('fails every invocation when the bundle cannot be loaded', async () => {
    const cloud = await startProbe({ Handler: 'probe.missing' });
    expect(await cloud.invoke('Probe', {})).toMatchObject({
      kind: 'error',
      error: { errorType: 'Runtime.HandlerNotFound' },
    });
  });

  it('logs what the function prints, with the request it belongs to', async () => {
    const cloud = await startProbe();
    const { requestId } = await probe(cloud, { prints: 'paid' });
    expect(cloud.logs('Probe')).toMatchObject([{ requestId, text: 'paid' }]);
  });
});

describe('concurrency', () => {
  it('beyond the reservation is throttled', async () => {
    const cloud = await startProbe({ ReservedConcurrentExecutions: 1 });
    const outcomes = await Promise.all([
      cloud.invoke('Probe', { waitMs: 50 }),
      cloud.invoke('Probe', {}),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'throttled']);
    expect(statsOf(cloud)).toMatchObject({ throttles: 1 });
  });

  it('beyond this machine waits for its turn', async () => {
    const cloud = await startProbe({}, { maxEnvironments: 1 });
    const calls = [1, 2, 3].map(() => probe(cloud));
    const invocations = (await Promise.all(calls)).map((answer) => answer.invocations);
    expect(invocations).toEqual([1, 2, 3]);
    expect(statsOf(cloud)).toMatchObject({ coldStarts: 1, throttles: 0 });
  });

  it('that is provisioned is started before the first call', async () => {
    const alias = {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: ref('Probe'),
        FunctionVersion: '1',
        Name: 'live',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
      },
    };
    const cloud = await startProbe({}, {}, { Live: alias });
    await cloud.warm;
    expect(statsOf(cloud)).toMatchObject({ environments: 2, idle: 2, invocations: 0 });
  });
});

describe('a stage fault', () => {
  it('slows a function down until it is lifted', async () => {
    const cloud = await startProbe({ Timeout: 1 });
    cloud.slow({ function: 'Probe', ms: 1_500 });
    expect(await cloud.invoke('Probe', {})).toMatchObject({
      error: { errorType: 'Sandbox.Timedout' },
    });
    cloud.unslow();
    expect(await probe(cloud)).toMatchObject({ invocations: 1 });
  });
});

describe('a stage fault that fits nothing', () => {
  it('is refused', async () => {
    const cloud = await startProbe();
    expect(() => cloud.slow({ function: 'Nobody', ms: 1 })).toThrow('named like Nobody');
    expect(() => cloud.slow({ service: 'dynamo', ms: 1 })).toThrow('no service dynamo');
    expect(() => cloud.slow({ operation: 'PutItem', ms: 1 })).toThrow('needs its service');
  });
});

describe('an asynchronous invocation', () => {
  const more = {
    Failed: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failed' } },
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: ref('Probe'),
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: arnOf('Failed') } },
      },
    },
    ...testFunction('Probe', 'probe', {}, [
      { Action: 'sqs:SendMessage', Resource: arnOf('Failed') },
    ]),
  };

  function invokeLater(cloud: Cloud, event: unknown) {
    const input = { FunctionName: Object.keys(cloud.functions())[0], InvocationType: 'Event' };
    return fetch(`${cloud.endpoint}/2015-03-31/functions/${input.FunctionName}/invocations`, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=root/20260101/eu-central-1/lambda/aws4_request',
        'x-amz-invocation-type': 'Event',
      },
      body: JSON.stringify(event),
    });
  }

  it('is tried again after a minute and then goes to its destination', async () => {
    const clock = new ShiftableClock();
    const cloud = await startProbe({}, { clock }, more);
    expect((await invokeLater(cloud, { throws: 'not today' })).status).toBe(202);
    await eventually(() => statsOf(cloud)?.errors === 1);
    clock.advance(59_000);
    expect(cloud.services.sqs.stats('failed').sent).toBe(0);
    clock.advance(1_000);
    await eventually(() => cloud.services.sqs.stats('failed').visible === 1);
    const [message] = cloud.services.sqs.receiveNow('failed', 1);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { throws: 'not today' },
      responsePayload: { errorType: 'TypeError', errorMessage: 'not today' },
    });
  });
});

describe('a schedule', () => {
  const schedule = (roleActions: string) => ({
    Nightly: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(1 hour)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: arnOf('Probe'),
          RoleArn: arnOf('Caller'),
          Input: '{"prints":"<aws.scheduler.scheduled-time>"}',
          RetryPolicy: { MaximumRetryAttempts: 0 },
          DeadLetterConfig: { Arn: arnOf('Failed') },
        },
      },
    },
    Failed: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failed' } },
    Caller: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Policies: [
          {
            PolicyName: 'call',
            PolicyDocument: {
              Statement: [
                { Effect: 'Allow', Action: roleActions, Resource: arnOf('Probe') },
                { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf('Failed') },
              ],
            },
          },
        ],
      },
    },
  });

  it('invokes its function with the moment it was due', async () => {
    const clock = new ShiftableClock();
    const cloud = await startProbe({}, { clock }, schedule('lambda:InvokeFunction'));
    clock.advance(3_600_000);
    await eventually(() => cloud.logs('Probe').length === 1);
    expect(cloud.logs('Probe')[0]?.text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(cloud.iamReport().find(({ action }) => action === 'lambda:InvokeFunction')?.used).toBe(
      true,
    );
  });

  it('goes to dead letters when its role may not invoke', async () => {
    const clock = new ShiftableClock();
    const cloud = await startProbe({}, { clock }, schedule('lambda:GetFunction'));
    clock.advance(3_600_000);
    await eventually(() => cloud.services.sqs.stats('failed').visible === 1);
    const [letter] = cloud.services.sqs.receiveNow('failed', 1);
    expect(letter?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'AccessDeniedException' },
    });
  });
});
