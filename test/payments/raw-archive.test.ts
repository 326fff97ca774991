import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRawArchive } from '#shared/payments/adapters/raw-archive.ts';
import { logger } from '#shared/platform/logger.ts';
import { NOON } from './builders.ts';

const s3 = mockClient(S3Client);
const dynamodb = mockClient(DynamoDBClient);
const logged = [vi.spyOn(logger, 'warn'), vi.spyOn(logger, 'error')].map((spy) =>
  spy.mockImplementation(() => {}),
);
const archive = createRawArchive(new S3Client({ region: 'eu-central-1' }), 'archive', {
  client: new DynamoDBClient({ region: 'eu-central-1' }),
  name: 'deliveries',
});
const RAWS = ['a', 'b'].map((letter) => ({
  sha256: letter.repeat(64),
  box: `box-${letter}`,
  key: 'key',
}));

beforeEach(() => {
  s3.reset();
  dynamodb.reset();
});

afterAll(() => {
  for (const spy of logged) spy.mockRestore();
});

describe('the archive of raw requests', () => {
  it('has one object a batch, a line a request, under its day', async () => {
    s3.on(PutObjectCommand).resolves({});
    const key = archive.keyFor(NOON);
    expect(key).toMatch(/^raw\/2026-11-22\/[0-9A-Z]{26}\.jsonl$/);
    expect(archive.keyFor(NOON)).not.toBe(key);
    expect(await archive.store(key, RAWS, NOON)).toBe('archived');
    const [call] = s3.commandCalls(PutObjectCommand);
    const { Bucket, Key, Body } = call!.args[0].input;
    expect([Bucket, Key]).toEqual(['archive', key]);
    expect(
      String(Body)
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(RAWS);
  });

  it('is not asked to keep nothing', async () => {
    expect(await archive.store('key', [], NOON)).toBe('archived');
    expect(s3).not.toHaveReceivedAnyCommand();
  });

  it('has the table stand in while the bucket is down, for thirty days', async () => {
    s3.on(PutObjectCommand).rejects(new Error('down'));
    dynamodb.on(PutItemCommand).resolves({});
    expect(await archive.store('key', RAWS, NOON)).toBe('kept_aside');
    const items = dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => input.Item);
    expect(items).toMatchObject(
      RAWS.map(({ sha256, box }) => ({
        pk: { S: `ARCHIVE#${sha256}` },
        box: { S: box },
        expiresAt: { N: String(Date.UTC(2026, 11, 22, 12) / 1000) },
      })),
    );
  });

  it('says what is lost when both are down, and never throws', async () => {
    s3.on(PutObjectCommand).rejects(new Error('down'));
    dynamodb.on(PutItemCommand).resolvesOnce({}).rejects(new Error('throttled'));
    expect(await archive.store('key', RAWS, NOON)).toBe('lost');
    expect(JSON.stringify(logged.map((spy) => spy.mock.calls))).not.toContain('box-');
  });
});
