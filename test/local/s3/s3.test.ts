import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { unchunk } from '#local/s3/chunked.ts';
import { readS3Request } from '#local/s3/rest.ts';
import { createS3 } from '#local/s3/s3.ts';
import { ROOT, recordsOf, replay, START_MS, testHost } from '../sqs/test-host.ts';
import { s3 } from './s3-client.ts';

const Bucket = 'archive';
const DAY = 86_400_000;

async function withBucket(hasLock = false) {
  const engine = s3();
  await engine.client.send(
    new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: hasLock }),
  );
  const put = (Key: string, Body: string, more = {}) =>
    engine.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const read = async (Key: string, more = {}) => {
    const answer = await engine.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return answer.Body!.transformToString();
  };
  return { ...engine, put, read };
}

describe('S3 through the real client', () => {
  it('returns bytes, headers, metadata and the digest as they were put', async () => {
    const { client, put, read } = await withBucket();
    const Key = 'sealed/2026 01/корень&1.json';
    const put1 = await put(Key, 'привет', {
      ContentType: 'application/json',
      Metadata: { root: 'abc' },
    });
    expect(put1.ETag).toBe('"608333adc72f545078ede3aad71bfe74"');
    expect(await read(Key)).toBe('привет');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentType: 'application/json',
      ContentLength: 12,
      Metadata: { root: 'abc' },
      ETag: put1.ETag,
    });
    expect(head.LastModified?.getTime()).toBe(START_MS);
  });

  it('returns a part of the bytes', async () => {
    const { put, read } = await withBucket();
    await put('a', '0123456789');
    expect(await read('a', { Range: 'bytes=2-4' })).toBe('234');
    expect(await read('a', { Range: 'bytes=7-' })).toBe('789');
    expect(await read('a', { Range: 'bytes=-2' })).toBe('89');
    await expect(read('a', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('writes only once with If-None-Match', async () => {
    const { put, read } = await withBucket();
    await put('a', 'first', { IfNoneMatch: '*' });
    const again = put('a', 'second', { IfNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await read('a')).toBe('first');
  });

  it('names what is not there', async () => {
    const { client, read } = await withBucket();
    await expect(read('none')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'none' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
    const other = client.send(new GetObjectCommand({ Bucket: 'none', Key: 'a' }));
    await expect(other).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('deletes, one by one and many at once', async () => {
    const { client, put, read } = await withBucket();
    for (const key of ['a', 'b&c', 'd']) await put(key, 'x');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await expect(read('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const Objects = [{ Key: 'b&c' }, { Key: 'never there' }];
    const many = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(many.Deleted?.map(({ Key }) => Key)).toEqual(['b&c', 'never there']);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['d']);
  });

  it('lists by prefix and folder, page by page, in the order of bytes', async () => {
    const { client, put } = await withBucket();
    const keys = ['b/1', 'b/2', 'a', 'c/x/1', 'c/y', 'é', 'z', '💳', 'ﬀ'];
    for (const key of keys) await put(key, 'x');
    const list = async (more = {}) => {
      const found: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken, ...more }),
        );
        expect(page.KeyCount).toBeLessThanOrEqual(2);
        for (const { Prefix } of page.CommonPrefixes ?? []) found.push(Prefix!);
        for (const { Key } of page.Contents ?? []) found.push(Key!);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return found;
    };
    expect(await list()).toEqual(['a', 'b/1', 'b/2', 'c/x/1', 'c/y', 'z', 'é', 'ﬀ', '💳']);
    expect(await list({ Prefix: 'b/' })).toEqual(['b/1', 'b/2']);
    const folders = await list({ Delimiter: '/' });
    expect([...folders].sort()).toEqual(['a', 'b/', 'c/', 'z', 'é', 'ﬀ', '💳'].sort());
    expect(await list({ Prefix: 'c/', Delimiter: '/' })).toEqual(['c/x/', 'c/y']);
    expect(await list({ StartAfter: 'c/y' })).toEqual(['z', 'é', 'ﬀ', '💳']);
  });

  it('keeps versions apart and hides a deleted object behind a marker', async () => {
    const { client, put, read } = await withBucket();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const one = await put('a', 'one');
    await put('a', 'two');
    expect(await read('a')).toBe('two');
    expect(await read('a', { VersionId: one.VersionId })).toBe('one');
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await expect(read('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const versions = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(versions.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([false, false]);
    expect(versions.DeleteMarkers?.map(({ VersionId }) => VersionId)).toEqual([marker.VersionId]);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: marker.VersionId }));
    expect(await read('a')).toBe('two');
  });

  it('lists its buckets and understands virtual hosts', async () => {
    const { client } = s3(testHost(), false);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' }));
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b' }));
    expect(await answer.Body!.transformToString()).toBe('x');
    const { Buckets } = await client.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  });
});

describe('object lock', () => {
  const locked = (days: number) => ({
    ObjectLockMode: 'COMPLIANCE' as const,
    ObjectLockRetainUntilDate: new Date(START_MS + days * DAY),
  });

  it('keeps a version until its day has come, whoever asks', async () => {
    const { client, put, read, host } = await withBucket(true);
    const { VersionId } = await put('root', 'sealed', locked(10));
    const remove = () =>
      client.send(
        new DeleteObjectCommand({
          Bucket,
          Key: 'root',
          VersionId,
          BypassGovernanceRetention: true,
        }),
      );
    await expect(remove()).rejects.toMatchObject({ name: 'AccessDenied' });
    await put('root', 'forged');
    expect(await read('root', { VersionId })).toBe('sealed');
    await host.clock.advance(10 * DAY);
    await remove();
    await expect(read('root', { VersionId })).rejects.toMatchObject({ name: 'NoSuchVersion' });
  });

  it('can be made longer, never shorter', async () => {
    const { client, put } = await withBucket(true);
    await put('root', 'sealed', locked(10));
    const retain = (days: number) => {
      const RetainUntilDate = new Date(START_MS + days * DAY);
      const Retention = { Mode: 'COMPLIANCE' as const, RetainUntilDate };
      return client.send(new PutObjectRetentionCommand({ Bucket, Key: 'root', Retention }));
    };
    await expect(retain(9)).rejects.toMatchObject({ name: 'AccessDenied' });
    await retain(20);
    const shown = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'root' }));
    expect(shown.Retention?.RetainUntilDate?.getTime()).toBe(START_MS + 20 * DAY);
  });

  it('gives way in governance mode to those who ask for it', async () => {
    const { client, put } = await withBucket(true);
    const lock = { ...locked(10), ObjectLockMode: 'GOVERNANCE' as const };
    const { VersionId } = await put('root', 'sealed', lock);
    const remove = (BypassGovernanceRetention: boolean) =>
      client.send(
        new DeleteObjectCommand({ Bucket, Key: 'root', VersionId, BypassGovernanceRetention }),
      );
    await expect(remove(false)).rejects.toMatchObject({ name: 'AccessDenied' });
    await remove(true);
  });

  it('is refused in a bucket without it, and comes by default where the bucket says so', async () => {
    const plain = await withBucket();
    await expect(plain.put('a', 'x', locked(1))).rejects.toMatchObject({ name: 'InvalidRequest' });
    const { service, put, client } = await withBucket(true);
    const DefaultRetention = { Mode: 'COMPLIANCE', Days: 3 };
    const ObjectLockConfiguration = { Rule: { DefaultRetention } };
    await service.call('PutObjectLockConfiguration', { Bucket, ObjectLockConfiguration }, ROOT);
    await put('a', 'x');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(head.ObjectLockMode).toBe('COMPLIANCE');
    expect(head.ObjectLockRetainUntilDate?.getTime()).toBe(START_MS + 3 * DAY);
  });
});

describe('the rest of S3', () => {
  it('lets objects disappear after the days of the lifecycle rule', async () => {
    const { service, put, read, host } = await withBucket();
    const Rules = [{ Status: 'Enabled', Filter: { Prefix: 'raw/' }, Expiration: { Days: 30 } }];
    const LifecycleConfiguration = { Rules };
    await service.call('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration }, ROOT);
    await put('raw/1', 'x');
    await put('kept', 'y');
    await host.clock.advance(30 * DAY - 1);
    expect(await read('raw/1')).toBe('x');
    await host.clock.advance(1);
    await expect(read('raw/1')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await read('kept')).toBe('y');
  });

  it('shows the same after a restart', async () => {
    const { client, put, host } = await withBucket(true);
    await put('a', 'one', { Metadata: { m: '1' } });
    const two = await put('a', 'two');
    await put('b', 'gone');
    const removed = await put('b', 'removed');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'b', VersionId: removed.VersionId }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
    const Retention = { Mode: 'COMPLIANCE' as const, RetainUntilDate: new Date(START_MS + DAY) };
    await client.send(new PutObjectRetentionCommand({ Bucket, Key: 'a', Retention }));

    const replayed = createS3(testHost(2));
    replay(replayed, recordsOf(host));
    const compacted = createS3(testHost(3));
    replay(compacted, JSON.parse(JSON.stringify([...replayed.snapshot()])));
    for (const service of [replayed, compacted]) {
      const got = await service.call('GetObject', { Bucket, Key: 'a' }, ROOT);
      expect(Buffer.from(got['Body'] as Uint8Array).toString()).toBe('two');
      expect(got).toMatchObject({ VersionId: two.VersionId, ObjectLockMode: 'COMPLIANCE' });
      const { Versions, DeleteMarkers } = await service.call(
        'ListObjectVersions',
        { Bucket },
        ROOT,
      );
      expect([Versions, DeleteMarkers].map((list) => (list as unknown[]).length)).toEqual([3, 1]);
    }
  });

  it('takes the framing off a streamed body', () => {
    const framed =
      '5;chunk-signature=ab\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n';
    expect(unchunk(Buffer.from(framed)).toString()).toBe('hello, world');
    const call = readS3Request({
      method: 'PUT',
      path: '/archive/a',
      query: new URLSearchParams(),
      headers: { 'content-encoding': 'aws-chunked,gzip' },
      body: Buffer.from(framed),
    });
    expect(call.input).toMatchObject({ ContentEncoding: 'gzip', Bucket: 'archive', Key: 'a' });
    expect(Buffer.from(call.input['Body'] as Uint8Array).toString()).toBe('hello, world');
  });

  it('refuses what it does not emulate by its name', () => {
    const request = {
      method: 'POST',
      path: '/archive/a',
      query: new URLSearchParams('uploads'),
      headers: {},
      body: new Uint8Array(),
    };
    expect(() => readS3Request(request)).toThrow('s3:POST uploads');
  });

  it('asks for permission on the object or the bucket', () => {
    const { permissions } = createS3(testHost());
    expect(permissions('PutObject', { Bucket, Key: 'a/b', ObjectLockMode: 'COMPLIANCE' })).toEqual([
      { action: 's3:PutObject', resource: 'arn:aws:s3:::archive/a/b' },
      { action: 's3:PutObjectRetention', resource: 'arn:aws:s3:::archive/a/b' },
    ]);
    expect(permissions('ListObjectsV2', { Bucket, Prefix: 'a/' })).toEqual([
      {
        action: 's3:ListBucket',
        resource: 'arn:aws:s3:::archive',
        context: { 's3:prefix': ['a/'] },
      },
    ]);
  });
});
