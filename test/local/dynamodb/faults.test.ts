import { beforeEach, describe, expect, it } from 'vitest';
import type { DynamoDbFault } from '#local/dynamodb/dynamodb.ts';
import { NOTES, notes, ORDERS, startWithTables, type TestEngine } from './engine.ts';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startWithTables(NOTES, ORDERS);
});

const ITEM = { TableName: 'notes', Item: { id: { S: 'n' } } };
const ORDER = { TableName: 'orders', Item: { pk: { S: 'p' }, sk: { N: '1' } } };

function strike(fault: Partial<DynamoDbFault> & Pick<DynamoDbFault, 'kind'>): void {
  engine.service.faults.push({ probability: 1, ...fault });
}

describe('faults', () => {
  it('throttle before anything happens', async () => {
    strike({ kind: 'throttle', remaining: 1 });
    const error = await engine.fail('PutItem', ITEM);
    expect(error.code).toBe('ProvisionedThroughputExceededException');
    expect(await notes(engine).get('n')).toBeUndefined();
    await engine.call('PutItem', ITEM);
  });

  it('lose the answer of a write that was made', async () => {
    strike({ kind: 'error_after', operation: 'PutItem', remaining: 1 });
    expect(await engine.fail('PutItem', ITEM)).toMatchObject({
      code: 'InternalServerError',
      status: 500,
    });
    expect(await notes(engine).get('n')).toBeDefined();
  });

  it('fail before the write', async () => {
    strike({ kind: 'error_before', remaining: 1 });
    expect((await engine.fail('PutItem', ITEM)).code).toBe('InternalServerError');
    expect(await notes(engine).get('n')).toBeUndefined();
  });

  it('cancel a transaction by a conflict on the named table', async () => {
    strike({ kind: 'conflict', table: 'orders' });
    const error = await engine.fail('TransactWriteItems', {
      TransactItems: [{ Put: ITEM }, { Put: ORDER }],
    });
    expect(error.code).toBe('TransactionCanceledException');
    expect(error.fields['CancellationReasons']).toMatchObject([
      { Code: 'None' },
      { Code: 'TransactionConflict' },
    ]);
    expect(await notes(engine).get('n')).toBeUndefined();
    expect((await engine.fail('PutItem', ORDER)).code).toBe('TransactionConflictException');
    // Other tables, and plain reads, know no conflict.
    await engine.call('PutItem', ITEM);
    await engine.call('Scan', { TableName: 'orders' });
  });

  it('delay the answer, not the write', async () => {
    strike({ kind: 'latency', latencyMs: 250, operation: 'PutItem' });
    let answered = false;
    const call = engine.call('PutItem', ITEM).then(() => {
      answered = true;
    });
    await engine.clock.advance(249);
    expect(answered).toBe(false);
    expect(await notes(engine).get('n')).toBeDefined();
    await engine.clock.advance(1);
    await call;
    expect(answered).toBe(true);
  });

  it('strike as often as their probability says, the same for the same seed', async () => {
    const outcomes = async () => {
      const fresh = await startWithTables(NOTES);
      fresh.service.faults.push({ kind: 'throttle', probability: 0.3 });
      const failed: boolean[] = [];
      for (let call = 0; call < 300; call++) {
        failed.push(
          await fresh.call('PutItem', ITEM).then(
            () => false,
            () => true,
          ),
        );
      }
      return failed;
    };
    const first = await outcomes();
    expect(await outcomes()).toEqual(first);
    const strikes = first.filter(Boolean).length;
    expect(strikes).toBeGreaterThan(60);
    expect(strikes).toBeLessThan(120);
  });
});
