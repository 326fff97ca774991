import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it, vi } from 'vitest';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { NOON } from '#test/payments/builders.ts';

// A hundred thousand real encryptions would take seconds; what is counted here is the uses of the key.
vi.mock('node:crypto', async (original) => {
  const nothing = Buffer.alloc(0);
  const cipher = { update: () => nothing, final: () => nothing, getAuthTag: () => nothing };
  return {
    ...(await original<typeof import('node:crypto')>()),
    randomBytes: () => nothing,
    createCipheriv: () => cipher,
  };
});

it('seals at most a hundred thousand boxes with one data key: their nonces are random', async () => {
  let keys = 0;
  mockClient(KMSClient)
    .on(GenerateDataKeyCommand)
    .callsFake(() => ({
      Plaintext: new Uint8Array(32),
      CiphertextBlob: Uint8Array.of(++keys),
    }));
  const sealer = createSealer(new KMSClient({ region: 'eu-central-1' }), 'key', () => NOON);
  const plain = new Uint8Array(1);
  const used = new Map<string, number>();
  for (let sealed = 0; sealed < 100_001; sealed++) {
    const { key } = await sealer.seal(plain);
    used.set(key, (used.get(key) ?? 0) + 1);
  }
  expect([...used.values()]).toEqual([100_000, 1]);
});
