import { afterEach, describe, expect, it } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '#local/cloud.ts';
import { eventually, type TestStack, writeAssembly } from './assembly-fixture.ts';
import { paymentsStack } from './payments-stack.ts';
import { ShiftableClock } from './shiftable-clock.ts';

let running: Cloud | undefined;

async function start(stack: TestStack = paymentsStack(), options: Partial<CloudOptions> = {}) {
  running = await startCloud({ assembly: writeAssembly({ Pay: stack }), ...options });
  return running;
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function pay(cloud: Cloud, payment: Record<string, unknown>): Promise<number> {
  const response = await fetch(`${cloud.apiUrls['Webhooks']}/webhooks/acme`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payment),
  });
  await response.arrayBuffer();
  return response.status;
}

const queueNamed = (cloud: Cloud, part: string) =>
  cloud.services.sqs.queueNames().find((name) => name.includes(part)) ?? '';

const statsOf = (cloud: Cloud, part: string) => cloud.services.sqs.stats(queueNamed(cloud, part));

function bodiesIn(cloud: Cloud, part: string): Record<string, unknown>[] {
  return cloud.services.sqs
    .receiveNow(queueNamed(cloud, part), 1000)
    .map(({ Body }) => JSON.parse(Body));
}

async function itemOf(cloud: Cloud, id: string): Promise<Record<string, unknown> | undefined> {
  const [TableName] = cloud.services.dynamoDb.tableNames();
  const input = { TableName, Key: { pk: { S: id } } };
  const { Item } = await cloud.services.dynamoDb.call('GetItem', input, { principal: 'root' });
  return Item as Record<string, unknown> | undefined;
}

describe('a payment', () => {
  it('goes from the webhook through queue, table, stream and bus to a consumer', async () => {
    const cloud = await start();
    expect(await pay(cloud, { id: 'p-1' })).toBe(200);

    await eventually(() => statsOf(cloud, 'Consumer').visible === 1);
    const [event] = bodiesIn(cloud, 'Consumer');
    expect(event).toMatchObject({
      version: '0',
      source: 'test',
      'detail-type': 'payment.settled.v1',
      account: '000000000000',
      region: 'eu-central-1',
      detail: { id: 'p-1', eventName: 'INSERT' },
    });
    await eventually(() => statsOf(cloud, 'Payments').inFlight === 0);
    expect(cloud.problems()).toEqual([]);
  });

  it('comes again alone when it failed alone, and is buried after its last receive', async () => {
    const clock = new ShiftableClock();
    const cloud = await start(paymentsStack({ BatchSize: 10 }), { clock });
    await pay(cloud, { id: 'bad', fails: true });
    await pay(cloud, { id: 'good' });
    await eventually(() => itemOf(cloud, 'good'));
    await eventually(() => statsOf(cloud, 'Payments').inFlight === 1);

    clock.advance(31_000);
    await eventually(() => statsOf(cloud, 'Payments').received === 3);
    await eventually(() => cloud.functions()['Pay-Settle-MNFI6OI0WLT4']?.idle);
    clock.advance(31_000);
    await eventually(() => statsOf(cloud, 'DeadLetters').visible === 1);
    expect(bodiesIn(cloud, 'DeadLetters')).toEqual([{ id: 'bad', fails: true }]);
    expect(await itemOf(cloud, 'bad')).toBeUndefined();
    expect(await itemOf(cloud, 'good')).toMatchObject({ receives: { N: '1' } });
  });

  it('shares the fate of its batch when the function throws', async () => {
    const clock = new ShiftableClock();
    const mapping = { BatchSize: 10, MaximumBatchingWindowInSeconds: 60 };
    const cloud = await start(paymentsStack(mapping), { clock });
    await pay(cloud, { id: 'bad', crashes: true });
    await pay(cloud, { id: 'good' });
    clock.advance(60_000);
    await eventually(() => cloud.functions()['Pay-Settle-MNFI6OI0WLT4']?.errors === 1);
    expect(statsOf(cloud, 'Payments')).toMatchObject({ inFlight: 2, deleted: 0 });
    expect(await itemOf(cloud, 'good')).toBeUndefined();
  });

  it('waits for others until the batching window ends', async () => {
    const clock = new ShiftableClock();
    const mapping = { BatchSize: 10, MaximumBatchingWindowInSeconds: 60 };
    const cloud = await start(paymentsStack(mapping), { clock });
    await pay(cloud, { id: 'p-1' });
    await pay(cloud, { id: 'p-2' });
    expect(statsOf(cloud, 'Payments')).toMatchObject({ visible: 2, received: 0 });
    clock.advance(60_000);
    await eventually(() => itemOf(cloud, 'p-2'));
    await eventually(() => statsOf(cloud, 'Payments').deleted === 2);
    expect(cloud.functions()['Pay-Settle-MNFI6OI0WLT4']?.invocations).toBe(1);
  });
});

describe('a stream record that cannot be processed', () => {
  it('is found by dividing, given up after its retries, and described to the destination', async () => {
    const clock = new ShiftableClock();
    const cloud = await start(paymentsStack(), { clock });
    const [TableName] = cloud.services.dynamoDb.tableNames();
    const put = (id: string) => ({ PutRequest: { Item: { pk: { S: id } } } });
    const RequestItems = { [TableName ?? '']: ['a', 'b', 'poison', 'c', 'd'].map(put) };
    const caller = { principal: 'root' };
    await cloud.services.dynamoDb.call('BatchWriteItem', { RequestItems }, caller);

    await eventually(() => statsOf(cloud, 'Consumer').visible === 4);
    const published = bodiesIn(cloud, 'Consumer').map((event) => event['detail']);
    expect(published).toEqual(['a', 'b', 'c', 'd'].map((id) => ({ eventName: 'INSERT', id })));
    await eventually(() => statsOf(cloud, 'DeadLetters').visible === 1);
    const [failure] = bodiesIn(cloud, 'DeadLetters');
    expect(failure).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { batchSize: 1 },
    });
  });
});

describe('grants', () => {
  it('are all needed but those that the report names', async () => {
    const cloud = await start();
    await pay(cloud, { id: 'p-1' });
    await eventually(() => statsOf(cloud, 'Consumer').visible === 1);
    const unused = cloud.iamReport().filter(({ used }) => !used);
    expect(unused.map(({ role, action }) => `${role} ${action}`)).toEqual([
      'Pay/SettleRole dynamodb:GetItem',
      'Pay/PublishRole sqs:SendMessage',
    ]);
  });

  it('that are missing stop the call with the words of AWS', async () => {
    const cloud = await start();
    cloud.withoutGrant({ role: 'SettleRole', action: 'dynamodb:PutItem' });
    await pay(cloud, { id: 'p-1' });
    await eventually(() => statsOf(cloud, 'Payments').inFlight === 1);
    await eventually(() => cloud.logs('Settle').some(({ text }) => text.includes('"failed":1')));
    expect(await itemOf(cloud, 'p-1')).toBeUndefined();
  });

  it('that a mapping needs are checked when the cloud starts', async () => {
    const stack = paymentsStack();
    const policies = stack.Resources['SettleRole']?.Properties?.['Policies'];
    const text = JSON.stringify(policies).replace('"sqs:DeleteMessage",', '');
    Object.assign(stack.Resources['SettleRole']?.Properties ?? {}, { Policies: JSON.parse(text) });
    await expect(start(stack)).rejects.toThrow('is not authorized to perform: sqs:DeleteMessage');
  });

  it('of the bus are those of the queue policy', async () => {
    const stack = paymentsStack();
    delete stack.Resources['ConsumerPolicy'];
    const cloud = await start(stack);
    await pay(cloud, { id: 'p-1' });
    await eventually(() => cloud.services.events.stats()[0]?.counters.failedInvocations === 1);
    expect(statsOf(cloud, 'Consumer').sent).toBe(0);
  });
});

describe('a mapping', () => {
  it('is refused when a message would come back before its function ends', async () => {
    const stack = paymentsStack();
    Object.assign(stack.Resources['Payments']?.Properties ?? {}, { VisibilityTimeout: 4 });
    await expect(start(stack)).rejects.toThrow(
      'visibility timeout: 4 seconds is less than function timeout: 5 seconds',
    );
  });
});

describe('a slow service', () => {
  it('makes the named function time out and leaves the others alone', async () => {
    const stack = paymentsStack();
    Object.assign(stack.Resources['Settle']?.Properties ?? {}, { Timeout: 1 });
    const cloud = await start(stack);
    cloud.slow({ function: 'Settle', service: 'dynamodb', operation: 'PutItem', ms: 60_000 });
    expect(await pay(cloud, { id: 'p-1' })).toBe(200);
    await eventually(() => cloud.logs('Settle').some(({ text }) => text.includes('Timedout')));
    expect(await itemOf(cloud, 'p-1')).toBeUndefined();
    cloud.unslow();
    await pay(cloud, { id: 'p-2' });
    await eventually(() => itemOf(cloud, 'p-2'));
  });
});

describe('metrics', () => {
  it('count the writes that a throttled table refused', async () => {
    const cloud = await start();
    const { dynamoDb, cloudWatch } = cloud.services;
    dynamoDb.faults.push({ operation: 'PutItem', kind: 'throttle', probability: 1, remaining: 1 });
    await pay(cloud, { id: 'p-1' });
    // The client inside the function tries again by itself.
    await eventually(() => itemOf(cloud, 'p-1'));
    const [TableName] = dynamoDb.tableNames();
    const input = {
      Namespace: 'AWS/DynamoDB',
      MetricName: 'WriteThrottleEvents',
      Dimensions: [{ Name: 'TableName', Value: TableName }],
    };
    const listed = await cloudWatch.call('ListMetrics', input, { principal: 'root' });
    expect(listed['Metrics']).toHaveLength(1);
  });

  it('come from functions, queues and the embedded format', async () => {
    const clock = new ShiftableClock();
    const cloud = await start(paymentsStack(), { clock });
    await pay(cloud, { id: 'p-1' });
    await eventually(() => statsOf(cloud, 'Consumer').visible === 1);
    clock.advance(1_000);
    const listed = await cloud.services.cloudWatch.call('ListMetrics', {}, { principal: 'root' });
    const names = (listed['Metrics'] as { Namespace: string; MetricName: string }[]).map(
      ({ Namespace, MetricName }) => `${Namespace} ${MetricName}`,
    );
    expect(names).toEqual(
      expect.arrayContaining([
        'AWS/Lambda Invocations',
        'AWS/Lambda Duration',
        'AWS/Lambda IteratorAge',
        'AWS/SQS ApproximateAgeOfOldestMessage',
        'AWS/ApiGateway Latency',
        'AWS/DynamoDB ConsumedWriteCapacityUnits',
        'Test Settled',
      ]),
    );
  });
});
