import { ROOT } from '#local/iam/iam.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json, Service } from '#local/kernel/service.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import { asObject, isObject, listOf } from '#local/template/json.ts';

const CALLER = { principal: ROOT };

/** Creates buckets and brings versioning, object lock and expiry to the template's settings. */
export async function provideBuckets(deployment: Deployment, s3: Service): Promise<void> {
  for (const bucket of deployment.resources('AWS::S3::Bucket')) await provideBucket(bucket, s3);
}

async function provideBucket({ ref: Bucket, properties }: Resource, s3: Service): Promise<void> {
  const put = (operation: string, input: Json) => s3.call(operation, { Bucket, ...input }, CALLER);
  await unlessOwned(() =>
    put('CreateBucket', { ObjectLockEnabledForBucket: properties['ObjectLockEnabled'] === true }),
  );
  const { VersioningConfiguration, ObjectLockConfiguration, LifecycleConfiguration } = properties;
  if (isObject(VersioningConfiguration) && VersioningConfiguration['Status'] === 'Enabled') {
    await put('PutBucketVersioning', { VersioningConfiguration });
  }
  if (isObject(ObjectLockConfiguration)) {
    await put('PutObjectLockConfiguration', { ObjectLockConfiguration });
  }
  if (isObject(LifecycleConfiguration)) {
    const Rules = listOf(LifecycleConfiguration['Rules']).map(lifecycleRule);
    await put('PutBucketLifecycleConfiguration', { LifecycleConfiguration: { Rules } });
  }
}

/** The template says `ExpirationInDays` where the API says `Expiration.Days`. */
function lifecycleRule(value: unknown): Json {
  const { ExpirationInDays, ...rule } = asObject(value, 'lifecycle rule');
  return ExpirationInDays === undefined
    ? rule
    : { ...rule, Expiration: { Days: ExpirationInDays } };
}

async function unlessOwned(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'BucketAlreadyOwnedByYou') throw error;
  }
}
