import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createSecrets } from '#shared/platform/secrets.ts';

const MINUTE_MS = 60_000;
const manager = mockClient(SecretsManagerClient);
let nowMs: number;
let reads: number;

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 22, 12);
  reads = 0;
  manager.reset();
});

function secrets() {
  return createSecrets(new SecretsManagerClient({ region: 'eu-central-1' }), () =>
    instantFromMs(nowMs),
  );
}

/** Each read gives the next text; an error in place of a text is thrown. */
function store(...values: (string | Error)[]) {
  manager.on(GetSecretValueCommand).callsFake(() => {
    const value = values[Math.min(reads++, values.length - 1)];
    if (value instanceof Error) throw value;
    return { SecretString: value };
  });
}

describe('a secret', () => {
  it('is read once and kept for five minutes', async () => {
    store('{"password":"one"}', '{"password":"two"}');
    const { json } = secrets();
    expect(await json('tbank')).toEqual({ password: 'one' });
    nowMs += 5 * MINUTE_MS - 1;
    expect(await json('tbank')).toEqual({ password: 'one' });
    expect(reads).toBe(1);
  });

  it('is read again after that: a rotation is in force', async () => {
    store('{"password":"one"}', '{"password":"two"}');
    const { json } = secrets();
    await json('tbank');
    nowMs += 5 * MINUTE_MS;
    expect(await json('tbank')).toEqual({ password: 'two' });
    expect(await json('tbank')).toEqual({ password: 'two' });
    expect(reads).toBe(2);
  });

  it('is the same object while it is kept, so that what was parsed of it can be kept too', async () => {
    store('{"a":{}}');
    const { json } = secrets();
    expect(await json('tbank')).toBe(await json('tbank'));
  });

  it('is its own: one name never gives the value of another', async () => {
    manager.on(GetSecretValueCommand).callsFake(({ SecretId }) => ({
      SecretString: JSON.stringify({ of: SecretId }),
    }));
    const { json } = secrets();
    for (const name of ['tbank', 'sber', 'tbank', '__proto__', 'constructor']) {
      expect(await json(name)).toEqual({ of: name });
    }
  });

  it('stays in use when it cannot be read again, and is renewed as soon as it can', async () => {
    store('{"password":"one"}', new Error('throttled'), new Error('down'), '{"password":"two"}');
    const { json } = secrets();
    await json('tbank');
    nowMs += 60 * MINUTE_MS;
    expect(await json('tbank')).toEqual({ password: 'one' });
    expect(await json('tbank')).toEqual({ password: 'one' });
    expect(await json('tbank')).toEqual({ password: 'two' });
  });

  it('stays in use when somebody stored a text that is not JSON', async () => {
    store('{"password":"one"}', '{"password":');
    const { json } = secrets();
    await json('tbank');
    nowMs += 10 * MINUTE_MS;
    expect(await json('tbank')).toEqual({ password: 'one' });
  });

  it('is an error when the first read fails, and is asked for again', async () => {
    store(new Error('access denied'), '{"password":"one"}');
    const { json } = secrets();
    await expect(json('tbank')).rejects.toThrow('access denied');
    expect(await json('tbank')).toEqual({ password: 'one' });
  });

  it('is not quoted by the error about it', async () => {
    store('{"school": {"password": hunter2}}');
    const failure = await secrets()
      .json('tbank')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).toContain('tbank');
    expect(JSON.stringify([String(failure), (failure as Error).stack])).not.toContain('hunter2');
  });

  it('is read again for a doubt, at most every ten seconds', async () => {
    store('{"password":"one"}', '{"password":"two"}', '{"password":"three"}');
    const { json } = secrets();
    await json('tbank');
    nowMs += 9_999;
    expect(await json('tbank', 'fresh')).toEqual({ password: 'one' });
    nowMs += 1;
    expect(await json('tbank', 'fresh')).toEqual({ password: 'two' });
    expect(await json('tbank')).toEqual({ password: 'two' });
    expect(reads).toBe(2);
  });

  it('does not settle a doubt with an old copy, and is not asked in vain for each one', async () => {
    store('{"password":"one"}', new Error('down'), '{"password":"two"}');
    const { json } = secrets();
    await json('tbank');
    nowMs += 10_000;
    await expect(json('tbank', 'fresh')).rejects.toThrow('down');
    await expect(json('tbank', 'fresh')).rejects.toThrow('down');
    expect([reads, await json('tbank')]).toEqual([2, { password: 'one' }]);
    nowMs += 10_000;
    expect(await json('tbank', 'fresh')).toEqual({ password: 'two' });
  });
});
