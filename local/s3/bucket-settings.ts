import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import {
  jsonListOf,
  optionalFlag,
  optionalJson,
  optionalNumber,
  optionalText,
  requiredJson,
  requiredText,
} from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { type Bucket, isRetentionMode } from './bucket.ts';
import type { Buckets } from './buckets.ts';

export function createBucket(buckets: Buckets, input: Json): Json {
  const name = requiredText(input, 'Bucket');
  if (buckets.buckets.has(name)) {
    throw new AwsError('BucketAlreadyOwnedByYou', 'You already own this bucket.', 409);
  }
  const hasObjectLock = optionalFlag(input, 'ObjectLockEnabledForBucket') ?? false;
  const bucket: Bucket = {
    name,
    createdAtMs: buckets.nowMs,
    // Object lock works on versions, so it brings versioning with it.
    isVersioned: hasObjectLock,
    hasObjectLock,
    defaultRetention: undefined,
    expiry: [],
    objects: new Map(),
  };
  buckets.buckets.set(name, bucket);
  buckets.save(bucket);
  return { Location: `/${name}` };
}

export function deleteBucket(buckets: Buckets, input: Json): Json {
  const { name, objects } = buckets.require(input);
  if (objects.size > 0) {
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
  }
  buckets.buckets.delete(name);
  buckets.host.persist('s3', { type: 'bucket_deleted', bucket: name });
  return {};
}

export function putVersioning(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const status = optionalText(requiredJson(input, 'VersioningConfiguration'), 'Status');
  if (status !== 'Enabled') throw notEmulated('s3', 'PutBucketVersioning other than Enabled');
  bucket.isVersioned = true;
  buckets.save(bucket);
  return {};
}

export function putLock(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const rule = optionalJson(requiredJson(input, 'ObjectLockConfiguration'), 'Rule') ?? {};
  const retention = optionalJson(rule, 'DefaultRetention');
  const mode = retention && optionalText(retention, 'Mode');
  const years = retention && optionalNumber(retention, 'Years');
  const days = (retention && optionalNumber(retention, 'Days')) ?? (years ?? 0) * 365;
  bucket.hasObjectLock = true;
  bucket.isVersioned = true;
  bucket.defaultRetention = isRetentionMode(mode) && days > 0 ? { mode, days } : undefined;
  buckets.save(bucket);
  return {};
}

/** Only what is deleted after days is emulated; transitions to other storage change nothing here. */
export function putLifecycle(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const rules = jsonListOf(requiredJson(input, 'LifecycleConfiguration'), 'Rules');
  bucket.expiry = rules.flatMap((rule) => {
    const days = optionalNumber(optionalJson(rule, 'Expiration') ?? {}, 'Days');
    if (days === undefined || optionalText(rule, 'Status') !== 'Enabled') return [];
    const filter = optionalJson(rule, 'Filter') ?? {};
    const prefix = optionalText(filter, 'Prefix') ?? optionalText(rule, 'Prefix') ?? '';
    return [{ prefix, days }];
  });
  buckets.save(bucket);
  return {};
}
