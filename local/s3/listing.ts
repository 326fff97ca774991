import { optionalNumber, optionalText } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';

/** S3 orders keys by their UTF-8 bytes, which is not the order of JavaScript strings. */
function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function showObject(version: ObjectVersion): Json {
  return {
    Key: version.key,
    LastModified: new Date(version.modifiedAtMs).toISOString(),
    ETag: version.etag,
    Size: version.body.length,
    StorageClass: version.headers['StorageClass'] ?? 'STANDARD',
  };
}

/** The part of a key up to the first delimiter after the prefix: a "folder". */
function commonPrefix(key: string, prefix: string, delimiter: string | undefined) {
  if (delimiter === undefined) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** ListObjectsV2 over the current versions. A folder counts as one entry, as in S3. */
export function listObjects(
  bucket: Bucket,
  current: (key: string) => ObjectVersion | undefined,
  input: Json,
): Json {
  const prefix = optionalText(input, 'Prefix') ?? '';
  const delimiter = optionalText(input, 'Delimiter');
  const max = Math.min(optionalNumber(input, 'MaxKeys') ?? 1000, 1000);
  const token = optionalText(input, 'ContinuationToken');
  const after = token === undefined ? (optionalText(input, 'StartAfter') ?? '') : fromToken(token);
  const objects: ObjectVersion[] = [];
  const folders = new Set<string>();
  let last = after;
  let isTruncated = false;
  for (const key of [...bucket.objects.keys()].sort(byBytes)) {
    const folder = commonPrefix(key, prefix, delimiter);
    if (!key.startsWith(prefix) || byBytes(folder ?? key, after) <= 0) continue;
    const version = current(key);
    if (!version || (folder !== undefined && folders.has(folder))) continue;
    if (objects.length + folders.size >= max) {
      isTruncated = true;
      break;
    }
    if (folder === undefined) objects.push(version);
    else folders.add(folder);
    last = folder ?? key;
  }
  return {
    Name: bucket.name,
    Prefix: prefix,
    ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
    MaxKeys: max,
    KeyCount: objects.length + folders.size,
    IsTruncated: isTruncated,
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(isTruncated ? { NextContinuationToken: Buffer.from(last).toString('base64') } : {}),
    Contents: objects.map(showObject),
    CommonPrefixes: [...folders].map((Prefix) => ({ Prefix })),
  };
}

function fromToken(token: string): string {
  return Buffer.from(token, 'base64').toString();
}

/** ListObjectVersions: newest first within a key. */
export function listVersions(bucket: Bucket, input: Json): Json {
  const prefix = optionalText(input, 'Prefix') ?? '';
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes);
  const all = keys.flatMap((key) =>
    (bucket.objects.get(key) ?? [])
      .toReversed()
      .map((version, at) => ({ version, isLatest: at === 0 })),
  );
  const show = ({ version, isLatest }: (typeof all)[number]) => ({
    ...(version.isDeleteMarker
      ? { Key: version.key, LastModified: new Date(version.modifiedAtMs).toISOString() }
      : showObject(version)),
    VersionId: version.versionId,
    IsLatest: isLatest,
  });
  return {
    Name: bucket.name,
    Prefix: prefix,
    IsTruncated: false,
    Versions: all.filter(({ version }) => !version.isDeleteMarker).map(show),
    DeleteMarkers: all.filter(({ version }) => version.isDeleteMarker).map(show),
  };
}
