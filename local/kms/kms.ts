import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import { optionalNumber, optionalText, requiredText, textMapOf } from '#local/kernel/input.ts';
import { randomBytes, randomUuid } from '#local/kernel/random.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';
import { IV_BYTES, keyIdOf, open, seal } from './ciphertext.ts';

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';
type Key = {
  id: string;
  arn: string;
  description: string;
  createdAtMs: number;
  /** The material lies in the records in the clear: this emulates an API, it protects nothing. */
  material: Buffer;
  state: KeyState;
  deletionAtMs: number | undefined;
};

export type KmsService = Service;

const MAX_PLAINTEXT_BYTES = 4096;
const DAY_MS = 86_400_000;

class KmsKeys {
  readonly host: Host;
  readonly keys = new Map<string, Key>();
  /** `alias/name` -> key id. */
  readonly aliases = new Map<string, string>();

  constructor(host: Host) {
    this.host = host;
  }

  arn(resource: string): string {
    return `arn:aws:kms:${this.host.region}:${this.host.accountId}:${resource}`;
  }

  /** By key id, key ARN, alias name or alias ARN. */
  find(reference: string): Key | undefined {
    const name = reference.startsWith('arn:') ? (reference.split(':').at(5) ?? '') : reference;
    const id = name.startsWith('alias/') ? this.aliases.get(name) : name.replace(/^key\//, '');
    return id === undefined ? undefined : this.keys.get(id);
  }

  require(reference: string): Key {
    const key = this.find(reference);
    if (key) return key;
    throw new AwsError('NotFoundException', `Key '${reference}' does not exist`);
  }

  usable(reference: string): Key {
    const key = this.require(reference);
    if (key.state === 'Disabled')
      throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    if (key.state === 'Enabled') return key;
    throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  }

  save(key: Key): void {
    this.host.persist('kms', keyRecord(key));
  }

  encrypt(key: Key, plaintext: Uint8Array, input: Json): string {
    const iv = randomBytes(this.host.random, IV_BYTES);
    return seal(key, iv, plaintext, textMapOf(input, 'EncryptionContext')).toString('base64');
  }
}

function keyRecord(key: Key): Json {
  return { type: 'key', ...key, material: key.material.toString('base64') };
}

function aliasRecord([name, keyId]: readonly [string, string]): Json {
  return { type: 'alias', name, keyId };
}

/** A blob is base64 text on the wire and bytes in process. */
function blobOf(input: Json, name: string): Buffer {
  const value = input[name];
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(requiredText(input, name), 'base64');
}

function metadata({ host }: KmsKeys, key: Key): Json {
  return {
    KeyId: key.id,
    Arn: key.arn,
    AWSAccountId: host.accountId,
    CreationDate: key.createdAtMs / 1000,
    Description: key.description,
    Enabled: key.state === 'Enabled',
    KeyState: key.state,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    ...(key.deletionAtMs === undefined ? {} : { DeletionDate: key.deletionAtMs / 1000 }),
  };
}

function createKey(keys: KmsKeys, input: Json): Json {
  const spec = optionalText(input, 'KeySpec') ?? 'SYMMETRIC_DEFAULT';
  if (spec !== 'SYMMETRIC_DEFAULT') throw notEmulated('kms', `CreateKey with KeySpec ${spec}`);
  const id = randomUuid(keys.host.random);
  const key: Key = {
    id,
    arn: keys.arn(`key/${id}`),
    description: optionalText(input, 'Description') ?? '',
    createdAtMs: keys.host.clock.now(),
    material: randomBytes(keys.host.random, 32),
    state: 'Enabled',
    deletionAtMs: undefined,
  };
  keys.keys.set(id, key);
  keys.save(key);
  return { KeyMetadata: metadata(keys, key) };
}

function encrypt(keys: KmsKeys, input: Json): Json {
  const key = keys.usable(requiredText(input, 'KeyId'));
  const plaintext = blobOf(input, 'Plaintext');
  if (plaintext.length > MAX_PLAINTEXT_BYTES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PLAINTEXT_BYTES}`,
    );
  }
  const CiphertextBlob = keys.encrypt(key, plaintext, input);
  return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

function decrypt(keys: KmsKeys, input: Json): Json {
  const blob = blobOf(input, 'CiphertextBlob');
  const keyId = keyIdOf(blob);
  const isKnown = keyId !== undefined && keys.keys.has(keyId);
  // AWS tells nothing about a blob that it cannot read, so the message stays empty.
  if (!isKnown) throw new AwsError('InvalidCiphertextException', '');
  const key = keys.usable(keyId);
  const expected = optionalText(input, 'KeyId');
  if (expected !== undefined && keys.require(expected) !== key) {
    const message =
      'The key ID in the request does not identify a CMK that can perform this operation.';
    throw new AwsError('IncorrectKeyException', message);
  }
  const plaintext = open(key, blob, textMapOf(input, 'EncryptionContext'));
  if (!plaintext) throw new AwsError('InvalidCiphertextException', '');
  const Plaintext = plaintext.toString('base64');
  return { Plaintext, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

function dataKeyBytes(input: Json): number {
  const bytes = optionalNumber(input, 'NumberOfBytes');
  if (bytes !== undefined) return bytes;
  return requiredText(input, 'KeySpec') === 'AES_128' ? 16 : 32;
}

function generateDataKey(keys: KmsKeys, input: Json): Json {
  const key = keys.usable(requiredText(input, 'KeyId'));
  const plaintext = randomBytes(keys.host.random, dataKeyBytes(input));
  const CiphertextBlob = keys.encrypt(key, plaintext, input);
  return { CiphertextBlob, Plaintext: plaintext.toString('base64'), KeyId: key.arn };
}

function createAlias(keys: KmsKeys, input: Json): Json {
  const name = requiredText(input, 'AliasName');
  const key = keys.require(requiredText(input, 'TargetKeyId'));
  if (keys.aliases.has(name)) {
    throw new AwsError('AlreadyExistsException', `An alias with the name ${name} already exists`);
  }
  keys.aliases.set(name, key.id);
  keys.host.persist('kms', aliasRecord([name, key.id]));
  return {};
}

function setState(keys: KmsKeys, input: Json, state: KeyState, deletionAtMs?: number): Key {
  const key = keys.require(requiredText(input, 'KeyId'));
  key.state = state;
  key.deletionAtMs = deletionAtMs;
  keys.save(key);
  return key;
}

function scheduleDeletion(keys: KmsKeys, input: Json): Json {
  const days = optionalNumber(input, 'PendingWindowInDays') ?? 30;
  const deletionAtMs = keys.host.clock.now() + days * DAY_MS;
  const key = setState(keys, input, 'PendingDeletion', deletionAtMs);
  return { KeyId: key.arn, KeyState: key.state, DeletionDate: deletionAtMs / 1000 };
}

function isKeyState(text: string): text is KeyState {
  return text === 'Enabled' || text === 'Disabled' || text === 'PendingDeletion';
}

function restore(keys: KmsKeys, record: Json): void {
  if (record['type'] === 'alias') {
    keys.aliases.set(requiredText(record, 'name'), requiredText(record, 'keyId'));
    return;
  }
  const state = requiredText(record, 'state');
  if (!isKeyState(state)) throw new Error(`unknown key state ${state}`);
  const id = requiredText(record, 'id');
  keys.keys.set(id, {
    id,
    arn: requiredText(record, 'arn'),
    description: optionalText(record, 'description') ?? '',
    createdAtMs: optionalNumber(record, 'createdAtMs') ?? 0,
    material: Buffer.from(requiredText(record, 'material'), 'base64'),
    state,
    deletionAtMs: optionalNumber(record, 'deletionAtMs'),
  });
}

/** Decrypt names no key, so the permission is looked up from the blob. */
function permissionsOf(keys: KmsKeys, operation: string, input: Json): Permission[] {
  const action = `kms:${operation}`;
  const isBlob = operation === 'Decrypt' && input['CiphertextBlob'] !== undefined;
  const inBlob = isBlob ? keyIdOf(blobOf(input, 'CiphertextBlob')) : undefined;
  const reference = inBlob ?? optionalText(input, 'KeyId') ?? optionalText(input, 'TargetKeyId');
  const resource = reference === undefined ? '*' : (keys.find(reference)?.arn ?? '*');
  const names = Object.entries(textMapOf(input, 'EncryptionContext'));
  if (names.length === 0) return [{ action, resource }];
  const pairs = names.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]] as const);
  return [{ action, resource, context: Object.fromEntries(pairs) }];
}

/** AWS KMS: symmetric keys only. */
export function createKms(host: Host): KmsService {
  const keys = new KmsKeys(host);
  const handlers: Record<string, (input: Json) => Json> = {
    CreateKey: (input) => createKey(keys, input),
    DescribeKey: (input) => ({
      KeyMetadata: metadata(keys, keys.require(requiredText(input, 'KeyId'))),
    }),
    ListKeys: () => ({
      Keys: [...keys.keys.values()].map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
    }),
    CreateAlias: (input) => createAlias(keys, input),
    ListAliases: () => ({
      Aliases: [...keys.aliases].map(([name, keyId]) => ({
        AliasName: name,
        AliasArn: keys.arn(name),
        TargetKeyId: keyId,
      })),
    }),
    Encrypt: (input) => encrypt(keys, input),
    Decrypt: (input) => decrypt(keys, input),
    GenerateDataKey: (input) => generateDataKey(keys, input),
    GenerateDataKeyWithoutPlaintext(input) {
      const { Plaintext: _secret, ...answer } = generateDataKey(keys, input);
      return answer;
    },
    EnableKey(input) {
      setState(keys, input, 'Enabled');
      return {};
    },
    DisableKey(input) {
      setState(keys, input, 'Disabled');
      return {};
    },
    ScheduleKeyDeletion: (input) => scheduleDeletion(keys, input),
    CancelKeyDeletion: (input) => ({ KeyId: setState(keys, input, 'Disabled').arn }),
  };
  return {
    name: 'kms',
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('kms', operation);
      return handler(input);
    },
    permissions: (operation, input) => permissionsOf(keys, operation, input),
    restore: (record) => restore(keys, record),
    snapshot: () => [
      ...[...keys.keys.values()].map(keyRecord),
      ...[...keys.aliases].map(aliasRecord),
    ],
  };
}
