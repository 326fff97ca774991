import { AwsError } from '#local/kernel/aws-error.ts';
import {
  isJson,
  jsonListOf,
  optionalFlag,
  optionalJson,
  optionalMomentMs,
  optionalNumber,
  optionalText,
  requiredText,
  textMapOf,
} from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';

export type RetentionMode = 'COMPLIANCE' | 'GOVERNANCE';
export type Retention = { mode: RetentionMode; untilMs: number };

/** One version of an object, or the marker that a deletion leaves in a versioned bucket. */
export type ObjectVersion = {
  key: string;
  /** `null` (the text) in a bucket without versioning. */
  versionId: string;
  isDeleteMarker: boolean;
  body: Buffer;
  etag: string;
  modifiedAtMs: number;
  retention: Retention | undefined;
  hasLegalHold: boolean;
  /** User metadata without its `x-amz-meta-` prefix. */
  metadata: Record<string, string>;
  /** ContentType, CacheControl and the other fields that come back as they were given. */
  headers: Record<string, string>;
};

export type Bucket = {
  name: string;
  createdAtMs: number;
  isVersioned: boolean;
  hasObjectLock: boolean;
  defaultRetention: { mode: RetentionMode; days: number } | undefined;
  /** Days after which objects under a prefix disappear. */
  expiry: { prefix: string; days: number }[];
  /** Newest version last. */
  objects: Map<string, ObjectVersion[]>;
};

export const DAY_MS = 86_400_000;

/** The fields that S3 stores and returns without looking at them. */
export const PLAIN_HEADERS = [
  'ContentType',
  'ContentEncoding',
  'ContentDisposition',
  'ContentLanguage',
  'CacheControl',
  'ServerSideEncryption',
  'SSEKMSKeyId',
  'BucketKeyEnabled',
  'StorageClass',
] as const;

export function isRetentionMode(text: unknown): text is RetentionMode {
  return text === 'COMPLIANCE' || text === 'GOVERNANCE';
}

export function bucketRecord(bucket: Bucket): Json {
  const { objects: _objects, ...settings } = bucket;
  return { type: 'bucket', ...settings };
}

export function objectRecord(bucket: string, version: ObjectVersion): Json {
  return { type: 'object', bucket, ...version, body: version.body.toString('base64') };
}

function retentionFrom(fields: Json): Retention | undefined {
  const given = optionalJson(fields, 'retention');
  const mode = given?.['mode'];
  const untilMs = given && optionalNumber(given, 'untilMs');
  return isRetentionMode(mode) && untilMs !== undefined ? { mode, untilMs } : undefined;
}

export function bucketFromRecord(record: Json, objects: Bucket['objects']): Bucket {
  const given = record['defaultRetention'];
  const mode = isJson(given) ? given['mode'] : undefined;
  const days = isJson(given) ? optionalNumber(given, 'days') : undefined;
  return {
    name: requiredText(record, 'name'),
    createdAtMs: optionalNumber(record, 'createdAtMs') ?? 0,
    isVersioned: optionalFlag(record, 'isVersioned') ?? false,
    hasObjectLock: optionalFlag(record, 'hasObjectLock') ?? false,
    defaultRetention: isRetentionMode(mode) && days !== undefined ? { mode, days } : undefined,
    expiry: jsonListOf(record, 'expiry').map((rule) => ({
      prefix: optionalText(rule, 'prefix') ?? '',
      days: optionalNumber(rule, 'days') ?? 0,
    })),
    objects,
  };
}

export function objectFromRecord(record: Json): ObjectVersion {
  return {
    key: requiredText(record, 'key'),
    versionId: requiredText(record, 'versionId'),
    isDeleteMarker: optionalFlag(record, 'isDeleteMarker') ?? false,
    body: Buffer.from(optionalText(record, 'body') ?? '', 'base64'),
    etag: optionalText(record, 'etag') ?? '',
    modifiedAtMs: optionalNumber(record, 'modifiedAtMs') ?? 0,
    retention: retentionFrom(record),
    hasLegalHold: optionalFlag(record, 'hasLegalHold') ?? false,
    metadata: textMapOf(record, 'metadata'),
    headers: textMapOf(record, 'headers'),
  };
}

/** The lock that a new object gets: its own, or the bucket's default. */
export function retentionOfNew(bucket: Bucket, input: Json, nowMs: number): Retention | undefined {
  const mode = optionalText(input, 'ObjectLockMode');
  const untilMs = optionalMomentMs(input, 'ObjectLockRetainUntilDate');
  if (mode === undefined && untilMs === undefined) {
    const fallback = bucket.defaultRetention;
    return fallback && { mode: fallback.mode, untilMs: nowMs + fallback.days * DAY_MS };
  }
  if (!bucket.hasObjectLock) {
    throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  if (!isRetentionMode(mode) || untilMs === undefined || untilMs <= nowMs) {
    throw new AwsError('InvalidArgument', 'The retain until date must be in the future!');
  }
  return { mode, untilMs };
}

/** Whether a version may not be removed now. Governance gives way to those who ask for it. */
export function isLocked(
  version: ObjectVersion,
  nowMs: number,
  bypassesGovernance: boolean,
): boolean {
  if (version.hasLegalHold) return true;
  const { retention } = version;
  if (!retention || retention.untilMs <= nowMs) return false;
  return retention.mode === 'COMPLIANCE' || !bypassesGovernance;
}
