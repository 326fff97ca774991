import type { Resource } from '#local/template/deployment.ts';
import { asText, optionalText, textsOf } from '#local/template/json.ts';
import { parsePolicy, type Statement } from './statement.ts';

/** The policies that stand on resources, by the ARN of the resource they stand on. */
export type ResourcePolicies = ReadonlyMap<string, readonly Statement[]>;

/** Reads queue, bucket, key and secret policies, and the permissions on functions. */
export function readResourcePolicies(resources: readonly Resource[]): ResourcePolicies {
  const policies = new Map<string, Statement[]>();
  const add = (arn: string, statements: readonly Statement[]) =>
    policies.set(arn, [...(policies.get(arn) ?? []), ...statements]);
  for (const resource of resources) {
    for (const { arn, statements } of policiesOf(resource, resources)) add(arn, statements);
  }
  return policies;
}

type PolicyOnResource = { arn: string; statements: readonly Statement[] };

function policiesOf(resource: Resource, resources: readonly Resource[]): PolicyOnResource[] {
  const { type, properties, id } = resource;
  switch (type) {
    case 'AWS::SQS::QueuePolicy': {
      const statements = parsePolicy(properties['PolicyDocument'], id);
      const queues = textsOf(properties['Queues'], `Queues of ${id}`);
      return queues.map((url) => ({
        arn: arnOfRef(resources, 'AWS::SQS::Queue', url),
        statements,
      }));
    }
    case 'AWS::S3::BucketPolicy': {
      const bucket = asText(properties['Bucket'], `Bucket of ${id}`);
      const statements = parsePolicy(properties['PolicyDocument'], id);
      return [{ arn: `arn:aws:s3:::${bucket}`, statements }];
    }
    case 'AWS::KMS::Key':
      if (properties['KeyPolicy'] === undefined) return [];
      return [{ arn: resource.arn, statements: parsePolicy(properties['KeyPolicy'], id) }];
    case 'AWS::SecretsManager::ResourcePolicy': {
      const statements = parsePolicy(properties['ResourcePolicy'], id);
      return [{ arn: asText(properties['SecretId'], `SecretId of ${id}`), statements }];
    }
    case 'AWS::Lambda::Permission':
      return [{ arn: functionArnOf(resource), statements: [permissionStatement(resource)] }];
    default:
      return [];
  }
}

function arnOfRef(resources: readonly Resource[], type: string, ref: string): string {
  const found = resources.find((other) => other.type === type && other.ref === ref);
  if (!found) throw new Error(`a policy names the unknown ${type} ${ref}`);
  return found.arn;
}

/** The function a permission stands on, with its alias or version when it names one. */
function functionArnOf({ properties, id, region, accountId }: Resource): string {
  const name = asText(properties['FunctionName'], `FunctionName of ${id}`);
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

function permissionStatement(resource: Resource): Statement {
  const { properties, id } = resource;
  const sourceArn = optionalText(properties['SourceArn'], `SourceArn of ${id}`);
  const account = optionalText(properties['SourceAccount'], `SourceAccount of ${id}`);
  const principal = asText(properties['Principal'], `Principal of ${id}`);
  const document = {
    Statement: {
      Effect: 'Allow',
      Action: asText(properties['Action'], `Action of ${id}`),
      Resource: functionArnOf(resource),
      Principal: principal.includes('.') ? { Service: principal } : { AWS: principal },
      Condition: {
        ...(sourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': sourceArn } }),
        ...(account === undefined ? {} : { StringEquals: { 'aws:SourceAccount': account } }),
      },
    },
  };
  const [statement] = parsePolicy(document, id);
  if (!statement) throw new Error(`${id}: no statement`);
  return statement;
}
