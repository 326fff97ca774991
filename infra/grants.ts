import { Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * Exactly what a function may do.
 *
 * The `grant…` methods of the CDK are not used: they add actions that the code never calls
 * (`kms:ReEncrypt*`, `sqs:GetQueueUrl`), and the local cloud reports every grant that stays unused.
 */
export type Grant = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Why cdk-nag's finding about this grant is accepted. */
  readonly acknowledge?: { readonly id: string; readonly reason: string };
};

export function allow(role: Role, grants: readonly Grant[]): void {
  for (const { actions, resources, conditions, acknowledge } of grants) {
    if (acknowledge) Validations.of(role).acknowledge(acknowledge);
    role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions ? { conditions: { ...conditions } } : {}),
      }),
    );
  }
}

type TableOperation =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'ConditionCheckItem';
const WRITES: readonly TableOperation[] = ['PutItem', 'UpdateItem', 'DeleteItem'];

type TableScope = {
  /** Patterns of partition keys that may be touched; all when absent. */
  readonly keys?: readonly string[];
};

/** Operations on items of a table. A transaction needs those of its parts, not one of its own. */
export function onTable(
  table: TableV2,
  operations: readonly TableOperation[],
  { keys }: TableScope = {},
): Grant[] {
  const isWriter = operations.some((operation) => WRITES.includes(operation));
  const limited = keys && {
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
  };
  return [
    {
      actions: operations.map((operation) => `dynamodb:${operation}`),
      resources: [table.tableArn],
      ...limited,
    },
    ...throughService(table.encryptionKey, 'dynamodb', isWriter ? KEY_FOR_WRITES : KEY_FOR_READS),
  ];
}

/** Asking one question of a table: the index is named for it. Only a sparse one is read as a whole. */
export function onIndex(
  table: TableV2,
  index: string,
  operation: 'Query' | 'Scan' = 'Query',
): Grant[] {
  return [
    { actions: [`dynamodb:${operation}`], resources: [`${table.tableArn}/index/${index}`] },
    ...throughService(table.encryptionKey, 'dynamodb', KEY_FOR_READS),
  ];
}

export function toSend(queue: Queue): Grant[] {
  return [
    { actions: ['sqs:SendMessage'], resources: [queue.queueArn] },
    // SQS asks for a data key to encrypt a message, and to decrypt it for the sender's own proof.
    ...throughService(queue.encryptionMasterKey, 'sqs', ['kms:GenerateDataKey', 'kms:Decrypt']),
  ];
}

/** What Lambda's poller does in the name of the function. */
export function toPoll(queue: Queue): Grant[] {
  return [
    {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
    },
    ...throughService(queue.encryptionMasterKey, 'sqs', ['kms:Decrypt']),
  ];
}

export function toDelay(queue: Queue): Grant[] {
  return [{ actions: ['sqs:ChangeMessageVisibility'], resources: [queue.queueArn] }];
}

/** What Lambda's stream poller does in the name of the function. */
export function toFollow(table: TableV2): Grant[] {
  return [
    {
      actions: [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      resources: [table.tableStreamArn ?? ''],
    },
    ...throughService(table.encryptionKey, 'dynamodb', KEY_FOR_READS),
  ];
}

export function toPublish(bus: EventBus): Grant[] {
  return [{ actions: ['events:PutEvents'], resources: [bus.eventBusArn] }];
}

/** Writing new objects under one prefix. Neither reading nor deleting is needed anywhere. */
export function toStore(bucket: Bucket, prefix: string): Grant[] {
  return [
    {
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${prefix}*`)],
      acknowledge: {
        id: `AwsSolutions-IAM5[Resource::${exportedArn(bucket)}/${prefix}*]`,
        reason: 'Objects get new names; the prefix is as narrow as writing them can be.',
      },
    },
    ...throughService(bucket.encryptionKey, 's3', ['kms:GenerateDataKey']),
  ];
}

/** How the template of the other stack, and so cdk-nag, names the bucket. */
function exportedArn(bucket: Bucket): string {
  const stack = Stack.of(bucket);
  const imported: unknown = stack.resolve(stack.exportValue(bucket.bucketArn));
  return Object.values(Object(imported)).join();
}

export function toReadSecrets(secrets: readonly Secret[]): Grant[] {
  const key = secrets[0]?.encryptionKey;
  return [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: secrets.map(({ secretArn }) => secretArn),
    },
    ...throughService(key, 'secretsmanager', ['kms:Decrypt']),
  ];
}

/** Sealing: a data key may be made, but nothing that was sealed before can be opened. */
export function toSeal(key: Key): Grant[] {
  return [{ actions: ['kms:GenerateDataKey'], resources: [key.keyArn] }];
}

/** Opening what was sealed: only for operators who ask to see a request as it came. */
export function toOpen(key: Key): Grant[] {
  return [{ actions: ['kms:Decrypt'], resources: [key.keyArn] }];
}

const KEY_FOR_READS = ['kms:Decrypt'] as const;
const KEY_FOR_WRITES = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'] as const;

/** A key that the function may use only as the storage service's own key, never on its own. */
function throughService(
  key: IKey | undefined,
  service: string,
  actions: readonly string[],
): Grant[] {
  if (!key) return [];
  const { region } = Stack.of(key);
  const conditions = { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } };
  return [{ actions, resources: [key.keyArn], conditions }];
}
