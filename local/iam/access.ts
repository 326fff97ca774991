import type { Permission } from '#local/kernel/service.ts';
import type { Resource } from '#local/template/deployment.ts';
import { asText, isObject, listOf, optionalText } from '#local/template/json.ts';
import type { Iam, ServiceCall } from './iam.ts';

/** Resource ARN -> ARN of the customer-managed key that encrypts it. */
type Encryption = ReadonlyMap<string, string>;

/** What a call on an encrypted resource needs of the key, and what the service may use besides. */
type KeyUse = { required: readonly string[]; also: readonly string[] };

const NOTHING: KeyUse = { required: [], also: [] };
const READ: KeyUse = { required: ['kms:Decrypt'], also: ['kms:DescribeKey'] };

/** A table's key opens on any access; the write permissions stand for creating and rotating it. */
const TABLE_WRITE: KeyUse = {
  required: ['kms:Decrypt'],
  also: ['kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:GenerateDataKey'],
};
const NEW_DATA_KEY: KeyUse = {
  required: ['kms:GenerateDataKey'],
  also: ['kms:Encrypt', 'kms:ReEncryptFrom'],
};
const SEND: KeyUse = { ...NEW_DATA_KEY, required: ['kms:GenerateDataKey', 'kms:Decrypt'] };

const KEY_USES: Readonly<Record<string, KeyUse>> = {
  'sqs:SendMessage': SEND,
  'sqs:ReceiveMessage': READ,
  's3:PutObject': NEW_DATA_KEY,
  's3:GetObject': READ,
  'secretsmanager:GetSecretValue': READ,
  'secretsmanager:PutSecretValue': SEND,
  'secretsmanager:UpdateSecret': SEND,
};

const TABLE_READS = /^dynamodb:(Get|Query|Scan|BatchGet|DescribeStream)/;
const TABLE_CONTROL = /^dynamodb:(Describe(?!Stream)|List)/;

/** Checks a call against IAM, including what the call needs of encryption keys. */
export class Access {
  readonly iam: Iam;
  readonly #encryption: Encryption;

  constructor(iam: Iam, resources: readonly Resource[]) {
    this.iam = iam;
    this.#encryption = readEncryption(resources);
  }

  authorize(principal: string, permissions: readonly Permission[]): void {
    this.iam.authorize(principal, permissions);
    for (const { action, resource } of permissions) {
      const key = this.#keyOf(resource);
      if (!key) continue;
      const { required, also } = keyUse(action);
      const context = { 'kms:ViaService': [viaService(resource, key)] };
      this.iam.authorize(
        principal,
        required.map((name) => ({ action: name, resource: key, context })),
      );
      for (const name of also) this.iam.noteUse(principal, name, key, context);
    }
  }

  /** An AWS service that writes to an encrypted resource needs the key's policy as well. */
  allowsService(call: ServiceCall): boolean {
    if (!this.iam.allowsService(call)) return false;
    const key = this.#keyOf(call.resource);
    if (!key) return true;
    return keyUse(call.action).required.every((action) =>
      this.iam.allowsService({ ...call, action, resource: key }),
    );
  }

  /** Indexes, streams and objects are encrypted as what holds them. */
  #keyOf(resource: string): string | undefined {
    if (this.#encryption.size === 0) return undefined;
    const holder = resource.startsWith('arn:aws:s3:::')
      ? resource.split('/')[0]
      : resource.replace(/\/(index|stream)\/.*$/, '');
    return this.#encryption.get(holder ?? resource);
  }
}

/** The service that uses the key for its caller, as policies name it. Bucket ARNs tell no region. */
function viaService(resource: string, key: string): string {
  return `${resource.split(':')[2]}.${key.split(':')[3]}.amazonaws.com`;
}

function keyUse(action: string): KeyUse {
  if (!action.startsWith('dynamodb:')) return KEY_USES[action] ?? NOTHING;
  if (TABLE_CONTROL.test(action)) return NOTHING;
  return TABLE_READS.test(action) ? READ : TABLE_WRITE;
}

function readEncryption(resources: readonly Resource[]): Encryption {
  const keys = resources.filter(({ type }) => type === 'AWS::KMS::Key');
  const aliases = resources.filter(({ type }) => type === 'AWS::KMS::Alias');
  const keyArn = (name: string): string | undefined => {
    const alias = aliases.find(({ ref }) => ref === name);
    const target = alias ? asText(alias.properties['TargetKeyId'], alias.id) : name;
    // A key that no template owns (`alias/aws/sqs`) is AWS's own and asks nothing of the caller.
    return keys.find(({ ref, arn }) => ref === target || arn === target)?.arn;
  };
  return new Map(
    resources.flatMap((resource): [string, string][] => {
      const named = keyNameOf(resource);
      const arn = named === undefined ? undefined : keyArn(named);
      return arn === undefined ? [] : [[resource.arn || resource.ref, arn]];
    }),
  );
}

/** The key that a resource names, whatever its type calls that. */
function keyNameOf({ type, properties, id }: Resource): string | undefined {
  switch (type) {
    case 'AWS::SQS::Queue':
      return optionalText(properties['KmsMasterKeyId'], id);
    case 'AWS::SecretsManager::Secret':
      return optionalText(properties['KmsKeyId'], id);
    case 'AWS::DynamoDB::Table':
      return optionalText(inner(properties['SSESpecification'], 'KMSMasterKeyId'), id);
    case 'AWS::DynamoDB::GlobalTable': {
      const [replica] = listOf(properties['Replicas']);
      return optionalText(inner(inner(replica, 'SSESpecification'), 'KMSMasterKeyId'), id);
    }
    case 'AWS::S3::Bucket': {
      const rules = inner(properties['BucketEncryption'], 'ServerSideEncryptionConfiguration');
      const [rule] = listOf(rules);
      const byDefault = inner(rule, 'ServerSideEncryptionByDefault');
      return optionalText(inner(byDefault, 'KMSMasterKeyID'), id);
    }
    default:
      return undefined;
  }
}

function inner(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}
