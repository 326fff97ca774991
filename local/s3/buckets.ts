import { AwsError } from '#local/kernel/aws-error.ts';
import { requiredText } from '#local/kernel/input.ts';
import { randomName } from '#local/kernel/random.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import {
  type Bucket,
  bucketRecord,
  DAY_MS,
  isLocked,
  type ObjectVersion,
  objectRecord,
} from './bucket.ts';

/** All buckets of the account, and the changes that go on record. */
export class Buckets {
  readonly host: Host;
  readonly buckets = new Map<string, Bucket>();

  constructor(host: Host) {
    this.host = host;
  }

  get nowMs(): number {
    return this.host.clock.now();
  }

  require(input: Json): Bucket {
    const name = requiredText(input, 'Bucket');
    const bucket = this.buckets.get(name);
    if (bucket) return bucket;
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, {
      BucketName: name,
    });
  }

  save(bucket: Bucket): void {
    this.host.persist('s3', bucketRecord(bucket));
  }

  /** Puts a version on top; without versioning it takes the place of the one that is there. */
  add(bucket: Bucket, version: ObjectVersion): void {
    this.host.persist('s3', objectRecord(bucket.name, version));
    insert(bucket, version);
  }

  remove(bucket: Bucket, version: ObjectVersion): void {
    const { key, versionId } = version;
    this.host.persist('s3', { type: 'removed', bucket: bucket.name, key, versionId });
    drop(bucket, key, versionId);
  }

  /** The newest version, unless it is a delete marker or has outlived the bucket's expiry. */
  current(bucket: Bucket, key: string): ObjectVersion | undefined {
    const version = bucket.objects.get(key)?.at(-1);
    if (!version || version.isDeleteMarker) return undefined;
    const rule = bucket.expiry.find(({ prefix }) => key.startsWith(prefix));
    if (!rule || version.modifiedAtMs + rule.days * DAY_MS > this.nowMs) return version;
    if (isLocked(version, this.nowMs, false)) return version;
    if (bucket.isVersioned) this.add(bucket, this.deleteMarker(key));
    else this.remove(bucket, version);
    return undefined;
  }

  deleteMarker(key: string): ObjectVersion {
    return {
      key,
      versionId: randomName(this.host.random, 32),
      isDeleteMarker: true,
      body: Buffer.alloc(0),
      etag: '',
      modifiedAtMs: this.nowMs,
      retention: undefined,
      hasLegalHold: false,
      metadata: {},
      headers: {},
    };
  }
}

export function insert(bucket: Bucket, version: ObjectVersion): void {
  const versions = bucket.objects.get(version.key) ?? [];
  const others = versions.filter(({ versionId }) => versionId !== version.versionId);
  bucket.objects.set(version.key, [...others, version]);
}

export function drop(bucket: Bucket, key: string, versionId: string): void {
  const left = (bucket.objects.get(key) ?? []).filter((version) => version.versionId !== versionId);
  if (left.length > 0) bucket.objects.set(key, left);
  else bucket.objects.delete(key);
}
