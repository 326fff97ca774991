import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type Clock, elapsedMs, type Instant } from '#shared/kernel/time.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** One data key serves this long or this often, whichever ends first; GCM nonces are random. */
const KEY_MAX_AGE_MS = 5 * 60_000;
const KEY_MAX_USES = 100_000;

export type SealedBox = { readonly box: string; readonly key: string };

/** Encrypts raw requests so that queues and buckets never hold readable personal data. */
export type Sealer = { seal(plain: Uint8Array): Promise<SealedBox> };

type DataKey = { plain: Uint8Array; encrypted: string; madeAt: Instant; uses: number };

/** Seals with a data key of KMS that is kept in memory for a few minutes: no call per request. */
export function createSealer(client: KMSClient, keyId: string, clock: Clock): Sealer {
  let current: Promise<DataKey> | undefined;
  const dataKey = async (): Promise<DataKey> => {
    const known = current && (await current);
    if (known && known.uses < KEY_MAX_USES && elapsedMs(known.madeAt, clock()) < KEY_MAX_AGE_MS)
      return known;
    current = generate(client, keyId, clock()).catch((error) => {
      // Refusing payments because no new key can be had would be worse than an old key.
      if (known && known.uses < KEY_MAX_USES) return known;
      current = undefined;
      throw error;
    });
    return current;
  };
  return {
    async seal(plain) {
      const key = await dataKey();
      key.uses++;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key.plain, nonce);
      const box = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return { box: box.toString('base64'), key: key.encrypted };
    },
  };
}

async function generate(client: KMSClient, keyId: string, madeAt: Instant): Promise<DataKey> {
  const answer = await client.send(
    new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }),
  );
  if (!answer.Plaintext || !answer.CiphertextBlob) throw new Error('KMS gave no data key');
  const encrypted = Buffer.from(answer.CiphertextBlob).toString('base64');
  return { plain: answer.Plaintext, encrypted, madeAt, uses: 0 };
}

/** Opens a sealed box; only roles that may use the archive key can. */
export async function openSealed(client: KMSClient, { box, key }: SealedBox): Promise<Uint8Array> {
  const answer = await client.send(
    new DecryptCommand({ CiphertextBlob: Buffer.from(key, 'base64') }),
  );
  if (!answer.Plaintext) throw new Error('KMS did not open the data key');
  const bytes = Buffer.from(box, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  // Without the length a tag cut to four bytes would pass for a whole one.
  const decipher = createDecipheriv(ALGORITHM, answer.Plaintext, nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([
    decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
    decipher.final(),
  ]);
}
