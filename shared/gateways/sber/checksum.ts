import { someKeyVerifies } from '../common/public-keys.ts';
import { refuse } from '../common/refused.ts';
import { hmacHex, sameHex, someSecretFits } from '../common/signatures.ts';
import type { SberAccount } from './account.ts';

/** How much a callback proves. */
export type Trust = 'signed' | 'signed_ambiguously' | 'unsigned';

/** Parameters that the checksum leaves out. */
const UNSIGNED_NAMES = new Set(['checksum', 'sign_alias']);

/** Verifies the checksum, or refuses. Every parameter that came is signed, the ones added later too. */
export function verifyChecksum(fields: ReadonlyMap<string, string>, account: SberAccount): Trust {
  const checksum = fields.get('checksum');
  if (checksum === undefined || checksum === '') {
    if (account.unsignedCallbacks) return 'unsigned';
    return refuse('signature_missing', 'checksum');
  }
  const signed = [...fields].filter(([name]) => !UNSIGNED_NAMES.has(name));
  if (!isAuthentic(signedText(signed), checksum, account)) {
    return refuse('signature_mismatch', 'checksum');
  }
  return isAmbiguous(signed) ? 'signed_ambiguously' : 'signed';
}

/** `name;value;` pairs in code-point order, with the closing semicolon. */
export function signedText(fields: readonly (readonly [name: string, value: string])[]): string {
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name};${value};`)
    .join('');
}

/** The separator is not escaped: with one inside a value, the same text can be split in other ways. */
function isAmbiguous(fields: readonly (readonly [name: string, value: string])[]): boolean {
  return fields.some(([name, value]) => name.includes(';') || value.includes(';'));
}

/**
 * Either checksum will do when the shop has both kinds of key. RSA is over SHA-512 whatever
 * `sign_alias` says: the vendor's own example calls it "SHA-256 with RSA" and it is not.
 */
function isAuthentic(text: string, checksum: string, account: SberAccount): boolean {
  const symmetric = someSecretFits(account.secrets, (secret) =>
    sameHex(hmacHex('sha256', secret, text), checksum),
  );
  if (symmetric) return true;
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(checksum)) return false;
  const signature = Buffer.from(checksum, 'hex');
  return someKeyVerifies(account.publicKeys, 'sha512', Buffer.from(text, 'utf8'), signature);
}
