import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import {
  isJson,
  jsonListOf,
  optionalNumber,
  optionalText,
  requiredText,
  textListOf,
} from '#local/kernel/input.ts';
import { randomName, randomUuid } from '#local/kernel/random.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';

export type SecretsService = Service & {
  /** The full ARN of a secret, for whoever builds references to it. */
  arnOf(nameOrArn: string): string | undefined;
};

type Version = {
  id: string;
  createdAtMs: number;
  stages: string[];
  /** Base64 text when binary. */
  value: { SecretString: string } | { SecretBinary: string };
};

type Secret = {
  name: string;
  arn: string;
  createdAtMs: number;
  changedAtMs: number;
  description: string | undefined;
  kmsKeyId: string | undefined;
  tags: readonly Json[];
  versions: Version[];
};

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

function notFound(): AwsError {
  return new AwsError(
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret.",
  );
}

class SecretsState {
  readonly host: Host;
  readonly secrets = new Map<string, Secret>();

  constructor(host: Host) {
    this.host = host;
  }

  /** By name, by full ARN, or by an ARN without the six random characters at its end. */
  find(id: string): Secret | undefined {
    if (!id.startsWith('arn:')) return this.secrets.get(id);
    return [...this.secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id);
  }

  require(input: Json): Secret {
    const secret = this.find(requiredText(input, 'SecretId'));
    if (secret) return secret;
    throw notFound();
  }

  save(secret: Secret): void {
    this.host.persist('secretsmanager', secretRecord(secret));
  }
}

function secretRecord(secret: Secret): Json {
  return { type: 'secret', ...secret };
}

function valueFrom(fields: Json): Version['value'] | undefined {
  const text = fields['SecretString'];
  if (typeof text === 'string') return { SecretString: text };
  const binary = fields['SecretBinary'];
  if (binary instanceof Uint8Array) return { SecretBinary: Buffer.from(binary).toString('base64') };
  return typeof binary === 'string' ? { SecretBinary: binary } : undefined;
}

function isSameValue(left: Version['value'], right: Version['value']): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Gives the stages to one version: each stage belongs to one version, and AWSCURRENT leaves AWSPREVIOUS behind. */
function moveStages(secret: Secret, target: Version, stages: readonly string[]): void {
  const wasCurrent = secret.versions.find((version) => version.stages.includes(CURRENT));
  const isNewCurrent = stages.includes(CURRENT) && wasCurrent !== target;
  const moved = isNewCurrent && wasCurrent ? [...stages, PREVIOUS] : stages;
  for (const version of secret.versions) {
    version.stages = version.stages.filter((stage) => !moved.includes(stage));
  }
  if (isNewCurrent && wasCurrent) wasCurrent.stages.push(PREVIOUS);
  target.stages = [...new Set([...target.stages, ...stages])];
  // A version without a stage is deprecated, and Secrets Manager may delete it.
  secret.versions = secret.versions.filter((version) => version.stages.length > 0);
}

/** Adds a version, once per request token: the SDK fills the token, so its retries add nothing. */
function addVersion(state: SecretsState, secret: Secret, input: Json): Version | undefined {
  const value = valueFrom(input);
  if (!value) return undefined;
  const id = optionalText(input, 'ClientRequestToken') ?? randomUuid(state.host.random);
  const given = textListOf(input, 'VersionStages');
  const stages = given.length > 0 ? given : [CURRENT];
  const known = secret.versions.find((version) => version.id === id);
  if (known) {
    if (isSameValue(known.value, value)) return known;
    throw new AwsError(
      'ResourceExistsException',
      `A resource with the ID you requested already exists: version ${id} has another value.`,
    );
  }
  const version: Version = { id, createdAtMs: state.host.clock.now(), stages: [], value };
  secret.versions.push(version);
  moveStages(secret, version, stages);
  secret.changedAtMs = version.createdAtMs;
  return version;
}

function createSecret(state: SecretsState, input: Json): Json {
  const name = requiredText(input, 'Name');
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
    throw new AwsError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
  if (state.secrets.has(name)) {
    throw new AwsError(
      'ResourceExistsException',
      `The operation failed because the secret ${name} already exists.`,
    );
  }
  const { clock, region, accountId, random } = state.host;
  const secret: Secret = {
    name,
    arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${randomName(random, 6)}`,
    createdAtMs: clock.now(),
    changedAtMs: clock.now(),
    description: optionalText(input, 'Description'),
    kmsKeyId: optionalText(input, 'KmsKeyId'),
    tags: jsonListOf(input, 'Tags'),
    versions: [],
  };
  const version = addVersion(state, secret, input);
  state.secrets.set(name, secret);
  state.save(secret);
  return { ARN: secret.arn, Name: name, ...(version ? { VersionId: version.id } : {}) };
}

function getValue(state: SecretsState, input: Json): Json {
  const secret = state.require(input);
  const id = optionalText(input, 'VersionId');
  const stage = optionalText(input, 'VersionStage') ?? (id === undefined ? CURRENT : undefined);
  const version = secret.versions.find(
    (candidate) =>
      (id === undefined || candidate.id === id) &&
      (stage === undefined || candidate.stages.includes(stage)),
  );
  if (!version) {
    const wanted = id === undefined ? `staging label: ${stage}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...version.value,
    VersionStages: version.stages,
    CreatedDate: version.createdAtMs / 1000,
  };
}

function putValue(state: SecretsState, input: Json): Json {
  const secret = state.require(input);
  const version = addVersion(state, secret, input);
  if (!version) {
    const message = 'You must provide either SecretString or SecretBinary.';
    throw new AwsError('InvalidRequestException', message);
  }
  state.save(secret);
  const { arn: ARN, name: Name } = secret;
  return { ARN, Name, VersionId: version.id, VersionStages: version.stages };
}

function updateSecret(state: SecretsState, input: Json): Json {
  const secret = state.require(input);
  const version = addVersion(state, secret, input);
  secret.description = optionalText(input, 'Description') ?? secret.description;
  secret.kmsKeyId = optionalText(input, 'KmsKeyId') ?? secret.kmsKeyId;
  state.save(secret);
  return { ARN: secret.arn, Name: secret.name, ...(version ? { VersionId: version.id } : {}) };
}

/** Moves one stage between versions: the last step of a rotation, or its reversal. */
function updateStage(state: SecretsState, input: Json): Json {
  const secret = state.require(input);
  const to = optionalText(input, 'MoveToVersionId');
  const target = secret.versions.find(({ id }) => id === to);
  if (!target) throw notFound();
  moveStages(secret, target, [requiredText(input, 'VersionStage')]);
  state.save(secret);
  return { ARN: secret.arn, Name: secret.name };
}

function describe(secret: Secret): Json {
  const stages = secret.versions.map(({ id, stages: held }) => [id, held] as const);
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description === undefined ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    CreatedDate: secret.createdAtMs / 1000,
    LastChangedDate: secret.changedAtMs / 1000,
    Tags: secret.tags,
    VersionIdsToStages: Object.fromEntries(stages),
  };
}

function listSecrets(state: SecretsState, input: Json): Json {
  const max = optionalNumber(input, 'MaxResults') ?? 100;
  const after = optionalText(input, 'NextToken') ?? '';
  const filters = jsonListOf(input, 'Filters').filter((filter) => filter['Key'] === 'name');
  const prefixes = filters.flatMap((filter) => textListOf(filter, 'Values'));
  const names = [...state.secrets.keys()].sort().filter((name) => {
    return name > after && (prefixes.length === 0 || prefixes.some((p) => name.startsWith(p)));
  });
  const page = names.slice(0, max);
  const secrets = page.flatMap((name) => state.secrets.get(name) ?? []);
  const hasMore = names.length > page.length;
  return { SecretList: secrets.map(describe), ...(hasMore ? { NextToken: page.at(-1) } : {}) };
}

function versionFromRecord(record: Json): Version {
  const value = isJson(record['value']) ? valueFrom(record['value']) : undefined;
  if (!value) throw new Error('a secret version without a value');
  return {
    id: requiredText(record, 'id'),
    createdAtMs: optionalNumber(record, 'createdAtMs') ?? 0,
    stages: [...textListOf(record, 'stages')],
    value,
  };
}

function restore(state: SecretsState, record: Json): void {
  const name = requiredText(record, 'name');
  if (record['type'] === 'secret_deleted') {
    state.secrets.delete(name);
    return;
  }
  state.secrets.set(name, {
    name,
    arn: requiredText(record, 'arn'),
    createdAtMs: optionalNumber(record, 'createdAtMs') ?? 0,
    changedAtMs: optionalNumber(record, 'changedAtMs') ?? 0,
    description: optionalText(record, 'description'),
    kmsKeyId: optionalText(record, 'kmsKeyId'),
    tags: jsonListOf(record, 'tags'),
    versions: jsonListOf(record, 'versions').map(versionFromRecord),
  });
}

/** Deletion is at once: the recovery window would only hide names from the next start. */
function deleteSecret(state: SecretsState, input: Json): Json {
  const { name, arn } = state.require(input);
  state.secrets.delete(name);
  state.host.persist('secretsmanager', { type: 'secret_deleted', name });
  return { ARN: arn, Name: name, DeletionDate: state.host.clock.now() / 1000 };
}

function permissionsOf(state: SecretsState, operation: string, input: Json): Permission[] {
  const action = `secretsmanager:${operation}`;
  const { region, accountId } = state.host;
  const id = optionalText(input, 'SecretId') ?? optionalText(input, 'Name');
  if (id === undefined) return [{ action, resource: '*' }];
  const byName = `arn:aws:secretsmanager:${region}:${accountId}:secret:${id}`;
  const resource = state.find(id)?.arn ?? (id.startsWith('arn:') ? id : byName);
  return [{ action, resource }];
}

/** AWS Secrets Manager: values in versions with stages, without rotation functions. */
export function createSecrets(host: Host): SecretsService {
  const state = new SecretsState(host);
  const handlers: Record<string, (input: Json) => Json> = {
    CreateSecret: (input) => createSecret(state, input),
    GetSecretValue: (input) => getValue(state, input),
    PutSecretValue: (input) => putValue(state, input),
    UpdateSecret: (input) => updateSecret(state, input),
    UpdateSecretVersionStage: (input) => updateStage(state, input),
    DescribeSecret: (input) => describe(state.require(input)),
    ListSecrets: (input) => listSecrets(state, input),
    DeleteSecret: (input) => deleteSecret(state, input),
  };
  return {
    name: 'secretsmanager',
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('secretsmanager', operation);
      return handler(input);
    },
    permissions: (operation, input) => permissionsOf(state, operation, input),
    restore: (record) => restore(state, record),
    snapshot: () => [...state.secrets.values()].map(secretRecord),
    arnOf: (id) => state.find(id)?.arn,
  };
}
