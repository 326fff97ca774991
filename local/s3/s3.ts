import { notEmulated } from '#local/kernel/aws-error.ts';
import { jsonListOf, optionalText, requiredJson, requiredText } from '#local/kernel/input.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';
import {
  type Bucket,
  bucketFromRecord,
  bucketRecord,
  type ObjectVersion,
  objectFromRecord,
  objectRecord,
} from './bucket.ts';
import {
  createBucket,
  deleteBucket,
  putLifecycle,
  putLock,
  putVersioning,
} from './bucket-settings.ts';
import { Buckets, drop, insert } from './buckets.ts';
import { listObjects, listVersions } from './listing.ts';
import {
  deleteObject,
  deleteObjects,
  getObject,
  getRetention,
  headOf,
  putObject,
  putRetention,
  readable,
} from './objects.ts';

export type S3Service = Service;

type Handlers = Readonly<Record<string, (input: Json) => Json>>;

function bucketOperations(buckets: Buckets): Handlers {
  return {
    CreateBucket: (input) => createBucket(buckets, input),
    DeleteBucket: (input) => deleteBucket(buckets, input),
    HeadBucket(input) {
      buckets.require(input);
      return { BucketRegion: buckets.host.region };
    },
    ListBuckets: () => ({
      Buckets: [...buckets.buckets.values()].map(({ name, createdAtMs }) => ({
        Name: name,
        CreationDate: new Date(createdAtMs).toISOString(),
      })),
    }),
    PutBucketVersioning: (input) => putVersioning(buckets, input),
    GetBucketVersioning: (input) =>
      buckets.require(input).isVersioned ? { Status: 'Enabled' } : {},
    PutObjectLockConfiguration: (input) => putLock(buckets, input),
    PutBucketLifecycleConfiguration: (input) => putLifecycle(buckets, input),
    ListObjectsV2(input) {
      const bucket = buckets.require(input);
      return listObjects(bucket, (key) => buckets.current(bucket, key), input);
    },
    ListObjectVersions: (input) => listVersions(buckets.require(input), input),
  };
}

function objectOperations(buckets: Buckets): Handlers {
  return {
    PutObject: (input) => putObject(buckets, input),
    GetObject: (input) => getObject(buckets, input),
    HeadObject: (input) => headOf(readable(buckets, input)),
    DeleteObject: (input) => deleteObject(buckets, input),
    DeleteObjects: (input) => deleteObjects(buckets, input),
    PutObjectRetention: (input) => putRetention(buckets, input),
    GetObjectRetention: (input) => getRetention(buckets, input),
  };
}

function restore({ buckets }: Buckets, record: Json): void {
  if (record['type'] === 'bucket') {
    const objects = buckets.get(requiredText(record, 'name'))?.objects ?? new Map();
    const bucket = bucketFromRecord(record, objects);
    buckets.set(bucket.name, bucket);
    return;
  }
  const name = requiredText(record, 'bucket');
  if (record['type'] === 'bucket_deleted') {
    buckets.delete(name);
    return;
  }
  const bucket = buckets.get(name);
  if (!bucket) throw new Error(`an s3 record of the unknown bucket ${name}`);
  if (record['type'] === 'object') insert(bucket, objectFromRecord(record));
  else if (record['type'] === 'changed') replace(bucket, objectFromRecord(record));
  else if (record['type'] === 'removed') {
    drop(bucket, requiredText(record, 'key'), requiredText(record, 'versionId'));
  } else throw new Error(`unknown s3 record ${String(record['type'])}`);
}

/** A change of a version's lock leaves the version where it is among the others. */
function replace(bucket: Bucket, changed: ObjectVersion): void {
  const versions = bucket.objects.get(changed.key) ?? [];
  const next = versions.map((version) =>
    version.versionId === changed.versionId ? changed : version,
  );
  bucket.objects.set(changed.key, next);
}

function* snapshot({ buckets }: Buckets): Generator<Json> {
  for (const bucket of buckets.values()) {
    yield bucketRecord(bucket);
    for (const versions of bucket.objects.values()) {
      for (const version of versions) yield objectRecord(bucket.name, version);
    }
  }
}

const ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListBuckets: 'ListAllMyBuckets',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
};

function permissionsOf(operation: string, input: Json): Permission[] {
  const bucket = optionalText(input, 'Bucket');
  if (bucket === undefined)
    return [{ action: `s3:${ACTIONS[operation] ?? operation}`, resource: '*' }];
  const onBucket = `arn:aws:s3:::${bucket}`;
  if (operation === 'DeleteObjects') {
    return jsonListOf(requiredJson(input, 'Delete'), 'Objects').flatMap((object) =>
      permissionsOf('DeleteObject', { ...object, Bucket: bucket }),
    );
  }
  const key = optionalText(input, 'Key');
  const name = ACTIONS[operation] ?? operation;
  if (key === undefined) {
    const prefix = optionalText(input, 'Prefix');
    const context = prefix === undefined ? {} : { context: { 's3:prefix': [prefix] } };
    return [{ action: `s3:${name}`, resource: onBucket, ...context }];
  }
  const resource = `${onBucket}/${key}`;
  const isVersioned =
    optionalText(input, 'VersionId') !== undefined && /^(Get|Delete)Object$/.test(name);
  const own = { action: `s3:${name}${isVersioned ? 'Version' : ''}`, resource };
  const locks = operation === 'PutObject' && optionalText(input, 'ObjectLockMode') !== undefined;
  return locks ? [own, { action: 's3:PutObjectRetention', resource }] : [own];
}

/** Amazon S3: the few calls that keep archives and sealed roots, with versions and object lock. */
export function createS3(host: Host): S3Service {
  const buckets = new Buckets(host);
  const handlers: Handlers = { ...bucketOperations(buckets), ...objectOperations(buckets) };
  return {
    name: 's3',
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('s3', operation);
      return handler(input);
    },
    permissions: permissionsOf,
    restore: (record) => restore(buckets, record),
    snapshot: () => snapshot(buckets),
  };
}
