import { CfnOutput, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  ObjectLockRetention,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

const DAYS_PER_YEAR = 365;
const ACCESS_LOG_DAYS = 400;

export type BucketsProps = { settings: Settings; key: Key };

/** Object storage: raw requests for a while, roots of the seal for years. */
export class Buckets extends Construct {
  /** Raw requests as they came, sealed before they are written; they may hold personal data. */
  readonly archive: Bucket;
  /** Daily roots of the journal's seal. Nobody can change them, the account's owner included. */
  readonly roots: Bucket;

  constructor(scope: Construct, id: string, { settings, key }: BucketsProps) {
    super(scope, id);
    // The CDK's classes do not fit their own interfaces under `exactOptionalPropertyTypes`.
    const serverAccessLogsBucket = this.createLogs() as IBucket;
    const common = { ...PRIVATE, serverAccessLogsBucket };
    const encrypted = {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
    };
    this.archive = new Bucket(this, 'Archive', {
      ...common,
      ...encrypted,
      serverAccessLogsPrefix: 'archive/',
      // The longest that raw personal data is kept, whoever asks for its erasure.
      lifecycleRules: [{ expiration: Duration.days(settings.archiveDays) }],
    });
    this.roots = new Bucket(this, 'Roots', {
      ...common,
      ...encrypted,
      serverAccessLogsPrefix: 'roots/',
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.compliance(
        Duration.days(settings.rootsYears * DAYS_PER_YEAR),
      ),
    });
    new CfnOutput(Stack.of(this), 'ArchiveBucketName', { value: this.archive.bucketName });
    new CfnOutput(Stack.of(this), 'RootsBucketName', { value: this.roots.bucketName });
  }

  private createLogs(): Bucket {
    const logs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      encryption: BucketEncryption.S3_MANAGED, // Log delivery cannot write with a key of ours.
      lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_DAYS) }],
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It receives the access logs; logging its own would never end.',
    });
    return logs;
  }
}

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
} as const satisfies BucketProps;
