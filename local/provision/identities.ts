import { randomInt } from 'node:crypto';
import type { KeptValues } from '#local/durability/kept-values.ts';
import type { DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { ROOT } from '#local/iam/iam.ts';
import type { Service } from '#local/kernel/service.ts';
import type { SecretsService } from '#local/secrets/secrets.ts';
import type { Deployment } from '#local/template/deployment.ts';
import {
  asObject,
  asText,
  isObject,
  type JsonObject,
  optionalNumber,
} from '#local/template/json.ts';
import { generatedName } from '#local/template/names.ts';
import { provideTables } from './tables.ts';

export type IdentityEngines = {
  kms: Service;
  secrets: SecretsService;
  dynamoDb: DynamoDbService;
  kept: KeptValues;
};

/**
 * Creates what gets its identity from an engine, before anything refers to it: a key's id, a
 * secret's ARN and a stream's label are drawn at creation, and policies and environment variables
 * contain them.
 */
export async function provideIdentities(
  deployment: Deployment,
  engines: IdentityEngines,
  identities: Map<string, JsonObject>,
): Promise<void> {
  for (const { id } of deployment.declared('AWS::KMS::Key')) {
    identities.set(id, { keyId: await keyIdOf(id, engines) });
  }
  // The keys of secrets can be resolved only now.
  for (const { id, stack, logicalId } of deployment.declared('AWS::SecretsManager::Secret')) {
    const property = (name: string) => deployment.property(stack, logicalId, name);
    const name = asText(property('Name') ?? generatedName(stack.name, logicalId, 512), id);
    const arn = engines.secrets.arnOf(name) ?? (await createSecret(engines, name, property));
    identities.set(id, { arn });
  }
  await provideTables(deployment, engines.dynamoDb);
  for (const table of deployment.resources('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')) {
    const TableName = table.ref;
    const described = await engines.dynamoDb.call('DescribeTable', { TableName }, ROOT_CALLER);
    const streamArn = asObject(described['Table'], 'DescribeTable')['LatestStreamArn'];
    if (streamArn !== undefined) identities.set(table.id, { streamArn });
  }
}

const ROOT_CALLER = { principal: ROOT };

async function keyIdOf(id: string, { kms, kept }: IdentityEngines): Promise<string> {
  const keptAs = `key/${id}`;
  const known = kept.get(keptAs)?.['keyId'];
  if (typeof known === 'string') return known;
  const created = await kms.call('CreateKey', { Description: id }, ROOT_CALLER);
  const keyId = asText(asObject(created['KeyMetadata'], 'CreateKey')['KeyId'], 'KeyId');
  kept.set(keptAs, { keyId });
  return keyId;
}

async function createSecret(
  { secrets }: IdentityEngines,
  name: string,
  property: (name: string) => unknown,
): Promise<string> {
  const value = property('SecretString') ?? generatedValue(property('GenerateSecretString'));
  const keyId = property('KmsKeyId');
  const input = {
    Name: name,
    ...(value === undefined ? {} : { SecretString: value }),
    ...(keyId === undefined ? {} : { KmsKeyId: keyId }),
  };
  const created = await secrets.call('CreateSecret', input, ROOT_CALLER);
  return asText(created['ARN'], 'CreateSecret');
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** What `GenerateSecretString` asks for; nothing when it is absent. */
function generatedValue(spec: unknown): string | undefined {
  if (!isObject(spec)) return undefined;
  const password = drawPassword(spec);
  const template = spec['SecretStringTemplate'];
  if (template === undefined) return password;
  const fields = asObject(JSON.parse(asText(template, 'SecretStringTemplate')), 'template');
  const key = asText(spec['GenerateStringKey'], 'GenerateStringKey');
  return JSON.stringify({ ...fields, [key]: password });
}

function drawPassword(spec: JsonObject): string {
  const excluded = asText(spec['ExcludeCharacters'] ?? '', 'ExcludeCharacters');
  const pools = [
    LETTERS,
    spec['ExcludeNumbers'] === true ? '' : DIGITS,
    spec['ExcludePunctuation'] === true ? '' : PUNCTUATION,
  ];
  const alphabet = [...pools.join('')].filter((letter) => !excluded.includes(letter));
  const length = optionalNumber(spec['PasswordLength'], 'PasswordLength') ?? 32;
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
