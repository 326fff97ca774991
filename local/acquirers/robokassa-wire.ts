import { createHash, createHmac, createSign } from 'node:crypto';
import type { Shop } from './dialect.ts';
import type { FormField } from './form.ts';

export type RobokassaHash = 'md5' | 'sha256' | 'sha512';

export type RobokassaShop = Shop & {
  readonly merchantLogin: string;
  /** 1 signs requests, 2 signs results, 3 signs refunds. */
  readonly passwords: readonly [one: string, two: string, three: string];
  readonly hash: RobokassaHash;
};

export function robokassaHash(parts: readonly string[], hash: RobokassaHash): string {
  return createHash(hash).update(parts.join(':'), 'utf8').digest('hex');
}

/** `Shp_a=1` pairs, sorted by name and spelled as they came: they are part of every signature. */
export function shpParts(fields: readonly FormField[]): string[] {
  return fields
    .filter(([name]) => name.toLowerCase().startsWith('shp_'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
}

/** The signature of ResultURL, over the very texts of the fields. */
export function resultSignature(
  fields: readonly FormField[],
  password2: string,
  hash: RobokassaHash,
): string {
  const text = (wanted: string) => fields.find(([name]) => name === wanted)?.[1] ?? '';
  return robokassaHash([text('OutSum'), text('InvId'), password2, ...shpParts(fields)], hash);
}

/** A compact JWS with RS256. */
export function compactJws(payload: unknown, privateKeyPem: string): string {
  const head = `${base64Json({ typ: 'JWT', alg: 'RS256' })}.${base64Json(payload)}`;
  const signature = createSign('RSA-SHA256').update(head).sign(privateKeyPem, 'base64url');
  return `${head}.${signature}`;
}

const HMAC_HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  HS256: 'sha256',
  HS384: 'sha384',
  HS512: 'sha512',
};

/** The payload of an HMAC token, or `undefined` when the key does not fit. */
export function readHmacToken(token: string, key: string): unknown {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg } = objectOf(header);
  const hash = typeof alg === 'string' ? HMAC_HASHES[alg] : undefined;
  if (hash === undefined) return undefined;
  const own = createHmac(hash, key).update(`${header}.${payload}`).digest('base64url');
  return own === signature.replace(/=+$/, '') ? objectOf(payload) : undefined;
}

function base64Json(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function objectOf(base64: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
