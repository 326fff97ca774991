import { createCipheriv, createDecipheriv } from 'node:crypto';

const MAGIC = Buffer.from([0x01, 0x4b]);
const KEY_ID_BYTES = 36;
export const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = MAGIC.length + KEY_ID_BYTES + IV_BYTES;

/** The context in a canonical order, so that equal contexts authenticate equally. */
function additionalData(keyId: string, context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, pairs]));
}

/** AES-256-GCM. The blob names its key, as a symmetric KMS ciphertext does. */
export function seal(
  key: { id: string; material: Buffer },
  iv: Buffer,
  plaintext: Uint8Array,
  context: Readonly<Record<string, string>>,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key.material, iv);
  cipher.setAAD(additionalData(key.id, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([MAGIC, Buffer.from(key.id), iv, cipher.getAuthTag(), body]);
}

/** The id of the key that a blob was made with, or nothing when it is no blob of ours. */
export function keyIdOf(blob: Buffer): string | undefined {
  const isOurs = blob.length >= HEADER_BYTES + TAG_BYTES && blob.subarray(0, 2).equals(MAGIC);
  return isOurs ? blob.subarray(2, 2 + KEY_ID_BYTES).toString() : undefined;
}

/** The plaintext, or nothing when blob or context were changed. */
export function open(
  key: { id: string; material: Buffer },
  blob: Buffer,
  context: Readonly<Record<string, string>>,
): Buffer | undefined {
  const iv = blob.subarray(HEADER_BYTES - IV_BYTES, HEADER_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key.material, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(key.id, context));
  decipher.setAuthTag(blob.subarray(HEADER_BYTES, HEADER_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(blob.subarray(HEADER_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}
