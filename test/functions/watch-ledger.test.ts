import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { type Item, keyOf } from '#shared/platform/table.ts';
import { statement } from '#test/payments/builders.ts';
import { COURSE, createLab, message } from '#test/support/ledger-lab.ts';
import { invoke, stubEnvironment } from './lambda.ts';

const s3 = mockClient(S3Client);
let dynamodb: AwsClientStub<DynamoDBClient>;
let handler: Parameters<typeof invoke>[0];
let journal: Item[];

/** A journal of a paid invoice, sealed by the product on the local engine. */
async function sealedJournal(): Promise<Item[]> {
  const lab = await createLab();
  await lab.createInvoice(COURSE);
  await lab.settler()([message(lab, statement())]);
  await lab.seal();
  return scanTable(lab.journal);
}

beforeAll(async () => {
  journal = await sealedJournal();
  dynamodb = mockClient(DynamoDBClient);
  stubEnvironment({
    LEDGER_TABLE: 'ledger',
    JOURNAL_TABLE: 'journal',
    DELIVERIES_TABLE: 'deliveries',
    ROOTS_BUCKET: 'roots',
  });
  ({ handler } = await import('#functions/ledger/watch-ledger/handler.ts'));
});

afterAll(() => {
  dynamodb.restore();
  vi.unstubAllEnvs();
});

beforeEach(() => {
  s3.reset();
  s3.on(PutObjectCommand).resolves({});
  answerFrom(journal, 0);
});

/** The tables answer from these items of the journal; this many dead letters wait. */
function answerFrom(items: readonly Item[], deadLetters: number) {
  const named = (item: Item) => `${keyOf(item).pk}|${keyOf(item).sk}`;
  const at = new Map(items.map((item) => [named(item), item]));
  dynamodb.reset();
  dynamodb.on(PutItemCommand).resolves({});
  dynamodb.on(ScanCommand, { TableName: 'ledger', IndexName: 'openInbox' }).resolves({
    Items: [
      { parkedAt: { S: '2026-11-22T12:00:00.000Z' } },
      { parkedAt: { S: '2026-11-21T12:00:00.000Z' } },
    ],
  });
  dynamodb.on(QueryCommand, { TableName: 'deliveries' }).resolves({ Count: deadLetters });
  dynamodb.on(GetItemCommand).callsFake(({ Key }) => ({ Item: at.get(named(Key)) }));
  dynamodb.on(BatchGetItemCommand).callsFake(({ RequestItems }) => ({
    Responses: {
      journal: RequestItems.journal.Keys.flatMap((key: Item) => at.get(named(key)) ?? []),
    },
  }));
  dynamodb.on(QueryCommand, { TableName: 'journal' }).callsFake((query) => ({
    Items: items.filter(
      (item) =>
        keyOf(item).pk === query.ExpressionAttributeValues[':pk'].S &&
        keyOf(item).sk >= query.ExpressionAttributeValues[':from'].S,
    ),
  }));
}

const run = () => invoke<undefined>(handler, {});

describe('the watch-ledger function', () => {
  it('verifies the chain, keeps the day’s root once, and says what waits', async () => {
    answerFrom(journal, 2);
    const { values } = await run();
    expect([values('SealBroken'), values('Suspense')]).toEqual([[0], [2]]);
    expect(values('DeadLettersUnresolved')).toEqual([2]);
    expect(values('SuspenseOldestSeconds')).toHaveLength(1);
    expect(s3).toHaveReceivedCommandExactlyOnceWith(PutObjectCommand, {
      Bucket: 'roots',
      Key: expect.stringMatching(/^roots\/\d{4}-\d\d-\d\d\.json$/),
      IfNoneMatch: '*',
    });
    const [checkpoint] = dynamodb.commandCalls(PutItemCommand);
    const head = journal.find((item) => keyOf(item).sk === 'HEAD');
    expect(checkpoint?.args[0].input.Item).toMatchObject({
      sk: { S: 'WATCH' },
      hash: head?.['hash'],
    });
  });

  it('names a changed record, and neither moves its checkpoint nor vouches for the day', async () => {
    const changed = journal.map((item) =>
      keyOf(item).pk.startsWith('RECORD#INVOICE') ? { ...item, image: { S: 'forged' } } : item,
    );
    answerFrom(changed, 0);
    const { values, logged, log } = await run();
    expect(values('SealBroken')).toEqual([1]);
    expect(logged).toMatchObject([{ level: 'ERROR', message: 'the seal is broken' }]);
    expect(String(logged[0]?.['fault'])).toContain('INVOICE#school#ord_72');
    expect(dynamodb).toHaveReceivedCommandTimes(PutItemCommand, 0);
    expect(s3).not.toHaveReceivedAnyCommand();
    expect(log).not.toContain('payer_00000001');
  });

  it('fails, and still writes what it has measured, when the journal cannot be read', async () => {
    dynamodb.on(QueryCommand, { TableName: 'journal' }).rejects(new Error('throttled'));
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    const failed = handler({} as never, {} as never);
    await expect(failed).rejects.toThrow('throttled');
    write.mockRestore();
    expect(written.join('')).toContain('"DeadLettersUnresolved":[0]');
    expect(written.join('')).not.toContain('SealBroken');
  });
});
