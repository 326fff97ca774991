import { createSign, generateKeyPairSync } from 'node:crypto';
import type { RsaKey } from './dialect.ts';

const KEY_BITS = 2_048;
const YEAR_MS = 365 * 86_400_000;

/** A fresh key pair of a gateway, with a self-signed certificate of it, valid for a year. */
export function createRsaKey(commonName: string, nowMs: number): RsaKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = certificateBody(commonName, nowMs, spki);
  const signature = createSign('RSA-SHA256').update(body).sign(privateKeyPem);
  const bits = der(0x03, Buffer.concat([Buffer.from([0]), signature]));
  return {
    privateKeyPem,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    certificatePem: pem('CERTIFICATE', der(0x30, Buffer.concat([body, SHA256_WITH_RSA, bits]))),
  };
}

/** `TBSCertificate` of RFC 5280, version 1: no extensions are needed to carry a key. */
function certificateBody(commonName: string, nowMs: number, spki: Buffer): Buffer {
  const name = der(
    0x30,
    der(0x31, der(0x30, Buffer.concat([COMMON_NAME, der(0x0c, Buffer.from(commonName))]))),
  );
  const validity = der(
    0x30,
    Buffer.concat([utcTime(nowMs - 86_400_000), utcTime(nowMs + YEAR_MS)]),
  );
  const serial = der(0x02, Buffer.from([1]));
  return der(0x30, Buffer.concat([serial, SHA256_WITH_RSA, name, validity, name, spki]));
}

/** One element of DER: its tag, its length and its content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 + bytes.length, ...bytes]), content]);
}

/** Object identifier 1.2.840.113549.1.1.11 with its empty parameters. */
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
/** Object identifier 2.5.4.3. */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

function utcTime(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
