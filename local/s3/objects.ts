import { createHash } from 'node:crypto';
import { AwsError } from '#local/kernel/aws-error.ts';
import {
  jsonListOf,
  optionalFlag,
  optionalMomentMs,
  optionalText,
  requiredJson,
  requiredText,
  textMapOf,
} from '#local/kernel/input.ts';
import { randomName } from '#local/kernel/random.ts';
import type { Json } from '#local/kernel/service.ts';
import {
  isLocked,
  isRetentionMode,
  type ObjectVersion,
  objectRecord,
  PLAIN_HEADERS,
  retentionOfNew,
} from './bucket.ts';
import type { Buckets } from './buckets.ts';

function accessDenied(): AwsError {
  return new AwsError(
    'AccessDenied',
    'Access Denied because object protected by object lock.',
    403,
  );
}

function bodyOf(input: Json): Buffer {
  const body = input['Body'];
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  // A copy: the caller may use its buffer again.
  if (body instanceof Uint8Array) return Buffer.from(body);
  throw new AwsError('InvalidRequest', 'Body must be text or bytes');
}

function checkConditions(input: Json, present: ObjectVersion | undefined): void {
  const refused = () =>
    new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  if (optionalText(input, 'IfNoneMatch') === '*' && present) throw refused();
  const wanted = optionalText(input, 'IfMatch');
  if (wanted !== undefined && present?.etag.replaceAll('"', '') !== wanted.replaceAll('"', '')) {
    throw refused();
  }
}

function plainHeaders(input: Json): Record<string, string> {
  const pairs = PLAIN_HEADERS.flatMap((name) => {
    const value = input[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { ContentType: 'application/octet-stream', ...Object.fromEntries(pairs) };
}

export function putObject(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const key = requiredText(input, 'Key');
  checkConditions(input, buckets.current(bucket, key));
  const body = bodyOf(input);
  const version: ObjectVersion = {
    key,
    versionId: bucket.isVersioned ? randomName(buckets.host.random, 32) : 'null',
    isDeleteMarker: false,
    body,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    modifiedAtMs: buckets.nowMs,
    retention: retentionOfNew(bucket, input, buckets.nowMs),
    hasLegalHold: optionalText(input, 'ObjectLockLegalHoldStatus') === 'ON',
    metadata: textMapOf(input, 'Metadata'),
    headers: plainHeaders(input),
  };
  const replaced = bucket.objects
    .get(key)
    ?.find(({ versionId }) => versionId === version.versionId);
  if (replaced && isLocked(replaced, buckets.nowMs, false)) throw accessDenied();
  buckets.add(bucket, version);
  return { ETag: version.etag, ...shownVersion(version) };
}

function shownVersion({ versionId }: ObjectVersion): Json {
  return versionId === 'null' ? {} : { VersionId: versionId };
}

function find(buckets: Buckets, input: Json): ObjectVersion {
  const bucket = buckets.require(input);
  const key = requiredText(input, 'Key');
  const versionId = optionalText(input, 'VersionId');
  if (versionId === undefined) {
    const version = buckets.current(bucket, key);
    if (version) return version;
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
  }
  const version = bucket.objects.get(key)?.find((other) => other.versionId === versionId);
  if (version) return version;
  throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, { Key: key });
}

export function headOf(version: ObjectVersion): Json {
  const { retention } = version;
  return {
    ...version.headers,
    ...shownVersion(version),
    ETag: version.etag,
    ContentLength: version.body.length,
    LastModified: new Date(version.modifiedAtMs).toISOString(),
    Metadata: version.metadata,
    AcceptRanges: 'bytes',
    ...(retention
      ? {
          ObjectLockMode: retention.mode,
          ObjectLockRetainUntilDate: new Date(retention.untilMs).toISOString(),
        }
      : {}),
    ...(version.hasLegalHold ? { ObjectLockLegalHoldStatus: 'ON' } : {}),
  };
}

export function readable(buckets: Buckets, input: Json): ObjectVersion {
  const version = find(buckets, input);
  if (!version.isDeleteMarker) return version;
  throw new AwsError('MethodNotAllowed', 'The specified method is not allowed.', 405);
}

/** `bytes=first-last`, `bytes=first-` or `bytes=-length`; both ends are inclusive. */
function rangeOf(text: string, size: number): { first: number; last: number } {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if ((from === '' && to === '') || first >= size || first > last) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  }
  return { first, last };
}

export function getObject(buckets: Buckets, input: Json): Json {
  const version = readable(buckets, input);
  const range = optionalText(input, 'Range');
  if (range === undefined) return { ...headOf(version), Body: version.body };
  const size = version.body.length;
  const { first, last } = rangeOf(range, size);
  const Body = version.body.subarray(first, last + 1);
  const ContentRange = `bytes ${first}-${last}/${size}`;
  return { ...headOf(version), Body, ContentLength: Body.length, ContentRange };
}

/** Deletes one version for good, or hides the object behind a marker in a versioned bucket. */
export function deleteObject(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const key = requiredText(input, 'Key');
  const versionId = optionalText(input, 'VersionId') ?? (bucket.isVersioned ? undefined : 'null');
  if (versionId === undefined) {
    const marker = buckets.deleteMarker(key);
    buckets.add(bucket, marker);
    return { DeleteMarker: true, VersionId: marker.versionId };
  }
  const version = bucket.objects.get(key)?.find((other) => other.versionId === versionId);
  if (!version) return {};
  const bypasses = optionalFlag(input, 'BypassGovernanceRetention') ?? false;
  if (isLocked(version, buckets.nowMs, bypasses)) throw accessDenied();
  buckets.remove(bucket, version);
  const marker = version.isDeleteMarker ? { DeleteMarker: true } : {};
  return { ...marker, ...shownVersion(version) };
}

export function deleteObjects(buckets: Buckets, input: Json): Json {
  const Deleted: Json[] = [];
  const Errors: Json[] = [];
  for (const object of jsonListOf(requiredJson(input, 'Delete'), 'Objects')) {
    const { Key, VersionId } = object;
    try {
      deleteObject(buckets, { ...input, Key, VersionId });
      Deleted.push({ Key, VersionId });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { Deleted, Errors };
}

/** A compliance lock can only be made longer. */
export function putRetention(buckets: Buckets, input: Json): Json {
  const bucket = buckets.require(input);
  const version = readable(buckets, input);
  const given = requiredJson(input, 'Retention');
  const mode = optionalText(given, 'Mode');
  const untilMs = optionalMomentMs(given, 'RetainUntilDate');
  if (!bucket.hasObjectLock) {
    throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  if (!isRetentionMode(mode) || untilMs === undefined) {
    throw new AwsError('MalformedXML', 'The retention is not complete');
  }
  const isShorter = version.retention !== undefined && untilMs < version.retention.untilMs;
  const isWeaker = version.retention?.mode === 'COMPLIANCE' && mode !== 'COMPLIANCE';
  const bypasses = optionalFlag(input, 'BypassGovernanceRetention') ?? false;
  const { hasLegalHold: _hold, ...withoutHold } = version;
  const isHeld = isLocked({ ...withoutHold, hasLegalHold: false }, buckets.nowMs, bypasses);
  if (isHeld && (isShorter || isWeaker)) throw accessDenied();
  version.retention = { mode, untilMs };
  buckets.host.persist('s3', { ...objectRecord(bucket.name, version), type: 'changed' });
  return {};
}

export function getRetention(buckets: Buckets, input: Json): Json {
  const { retention } = readable(buckets, input);
  if (!retention) {
    throw new AwsError(
      'NoSuchObjectLockConfiguration',
      'The specified object does not have a ObjectLock configuration',
      404,
    );
  }
  const RetainUntilDate = new Date(retention.untilMs).toISOString();
  return { Retention: { Mode: retention.mode, RetainUntilDate } };
}
