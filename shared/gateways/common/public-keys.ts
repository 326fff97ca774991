import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';

/** Reads a PEM public key or X.509 certificate. Only RSA: no gateway here signs with anything else. */
export function rsaKeyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Schema of a list of PEM keys; more than one while the gateway changes its key. */
export const pemKeys = z
  .array(z.string().refine((pem) => rsaKeyOf(pem) !== undefined, 'not an RSA key or certificate'))
  .max(5);

/** Whether one of the keys made this RSA PKCS#1 v1.5 signature. */
export function someKeyVerifies(
  pems: readonly string[],
  digest: 'sha256' | 'sha512',
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return pems.some((pem) => {
    const key = rsaKeyOf(pem);
    return key !== undefined && verify(digest, message, key, signature);
  });
}
