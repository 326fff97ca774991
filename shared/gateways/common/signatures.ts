import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Digests that gateways use. MD5 and SHA-1 only where the gateway offers nothing better. */
export type Digest = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'ripemd160';

export function hashHex(digest: Digest, message: string | Uint8Array): string {
  return createHash(digest).update(message).digest('hex');
}

export function hmac(
  digest: Digest,
  key: string | Uint8Array,
  message: string | Uint8Array,
): Uint8Array {
  return createHmac(digest, key).update(message).digest();
}

export function hmacHex(
  digest: Digest,
  key: string | Uint8Array,
  message: string | Uint8Array,
): string {
  return createHmac(digest, key).update(message).digest('hex');
}

export function hmacBase64(
  digest: Digest,
  key: string | Uint8Array,
  message: string | Uint8Array,
): string {
  return createHmac(digest, key).update(message).digest('base64');
}

/** Compares in a time that depends on the lengths only; both lengths are public. */
export function sameText(expected: string, received: string): boolean {
  const a = Buffer.from(expected, 'utf8');
  const b = Buffer.from(received, 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Hex texts compare without regard to case: gateways differ, and some change their mind. */
export function sameHex(expected: string, received: string): boolean {
  return sameText(expected.toLowerCase(), received.toLowerCase());
}

/**
 * Whether one of the account's secrets fits. During a rotation several are valid, the first is current.
 *
 * An empty secret never fits: a signature that anybody can compute proves nothing. All secrets are
 * tried, so that the time does not tell which one fitted.
 */
export function someSecretFits(
  secrets: readonly string[],
  fits: (secret: string) => boolean,
): boolean {
  let fitted = false;
  for (const secret of secrets) {
    if (secret !== '' && fits(secret)) fitted = true;
  }
  return fitted;
}
