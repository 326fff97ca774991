import { describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { createKms } from '#local/kms/kms.ts';
import { ROOT, recordsOf, replay, testHost } from '../sqs/test-host.ts';

async function kms(host = testHost()) {
  const service = createKms(host);
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  return { host, service, call };
}

async function withKey() {
  const engine = await kms();
  const { KeyMetadata } = await engine.call('CreateKey', { Description: 'vault' });
  const { KeyId, Arn } = KeyMetadata as { KeyId: string; Arn: string };
  return { ...engine, KeyId, Arn };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('KMS', () => {
  it('decrypts what it encrypted, by key id, ARN or alias, and names the key', async () => {
    const { call, KeyId, Arn } = await withKey();
    await call('CreateAlias', { AliasName: 'alias/vault', TargetKeyId: KeyId });
    for (const reference of [KeyId, Arn, 'alias/vault']) {
      const sealed = await call('Encrypt', { KeyId: reference, Plaintext: base64('Иванов') });
      expect(sealed['CiphertextBlob']).not.toContain(base64('Иванов'));
      const opened = await call('Decrypt', { CiphertextBlob: sealed['CiphertextBlob'] });
      expect(opened).toMatchObject({ Plaintext: base64('Иванов'), KeyId: Arn });
    }
  });

  it('needs the same encryption context, in any order', async () => {
    const { call, KeyId } = await withKey();
    const sealed = await call('Encrypt', {
      KeyId,
      Plaintext: base64('x'),
      EncryptionContext: { tenant: 't', person: 'p' },
    });
    const { CiphertextBlob } = sealed;
    const same = { person: 'p', tenant: 't' };
    const opened = await call('Decrypt', { CiphertextBlob, EncryptionContext: same });
    expect(opened['Plaintext']).toBe(base64('x'));
    for (const EncryptionContext of [{}, { person: 'q', tenant: 't' }]) {
      const wrong = call('Decrypt', { CiphertextBlob, EncryptionContext });
      await expect(wrong).rejects.toMatchObject({ code: 'InvalidCiphertextException' });
    }
  });

  it('notices every changed byte', async () => {
    const { call, KeyId } = await withKey();
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: base64('secret') });
    const blob = Buffer.from(String(CiphertextBlob), 'base64');
    for (let at = 0; at < blob.length; at += 1) {
      const changed = Buffer.from(blob);
      changed[at]! ^= 1;
      const opened = call('Decrypt', { CiphertextBlob: changed.toString('base64') });
      await expect(opened).rejects.toMatchObject({ code: 'InvalidCiphertextException' });
    }
  });

  it('makes data keys that differ and can be unwrapped', async () => {
    const { call, KeyId } = await withKey();
    const one = await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    const two = await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    expect(Buffer.from(String(one['Plaintext']), 'base64')).toHaveLength(32);
    expect(one['Plaintext']).not.toBe(two['Plaintext']);
    const opened = await call('Decrypt', { CiphertextBlob: one['CiphertextBlob'] });
    expect(opened['Plaintext']).toBe(one['Plaintext']);
  });

  it('refuses a key that is disabled, pending deletion or not the one expected', async () => {
    const { call, KeyId } = await withKey();
    const other = await call('CreateKey', {});
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: base64('x') });
    const otherId = (other['KeyMetadata'] as { KeyId: string }).KeyId;
    const wrong = call('Decrypt', { CiphertextBlob, KeyId: otherId });
    await expect(wrong).rejects.toMatchObject({ code: 'IncorrectKeyException' });
    await call('DisableKey', { KeyId });
    const disabled = call('Decrypt', { CiphertextBlob });
    await expect(disabled).rejects.toMatchObject({ code: 'DisabledException' });
    await call('ScheduleKeyDeletion', { KeyId });
    const pending = call('Decrypt', { CiphertextBlob });
    await expect(pending).rejects.toMatchObject({ code: 'KMSInvalidStateException' });
  });

  it('still decrypts after a restart', async () => {
    const { call, KeyId, host } = await withKey();
    await call('CreateAlias', { AliasName: 'alias/vault', TargetKeyId: KeyId });
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: base64('x') });
    const replayed = await kms(testHost(5));
    replay(replayed.service, recordsOf(host));
    const compacted = await kms(testHost(6));
    replay(compacted.service, JSON.parse(JSON.stringify([...replayed.service.snapshot()])));
    const opened = await compacted.call('Decrypt', { CiphertextBlob, KeyId: 'alias/vault' });
    expect(opened['Plaintext']).toBe(base64('x'));
  });

  it('asks for permission on the key of the blob and shows the context to policies', async () => {
    const { call, service, KeyId, Arn } = await withKey();
    const EncryptionContext = { person: 'p' };
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: base64('x') });
    expect(service.permissions('Decrypt', { CiphertextBlob, EncryptionContext })).toEqual([
      { action: 'kms:Decrypt', resource: Arn, context: { 'kms:EncryptionContext:person': ['p'] } },
    ]);
  });
});
