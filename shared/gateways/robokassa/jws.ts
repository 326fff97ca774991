import { isJsonObject, jsonBody } from '../common/json.ts';
import { someKeyVerifies } from '../common/public-keys.ts';
import { refuse } from '../common/refused.ts';

/**
 * Verifies an RS256 compact JWS and gives its payload.
 *
 * ResultUrl2 is documented as base64 text, described as JSON, and seen in three wrappings: bare, in
 * quotes, and once more in base64.
 */
export function verifiedPayload(body: string, certificates: readonly string[]): unknown {
  const parts = unwrapped(body.trim()).split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload) return refuse('body_malformed', 'not a JWS');
  if (!signature) return refuse('signature_missing', 'JWS');
  // The key decides the algorithm: `none` and HMAC with the public certificate are forgeries.
  if (algorithmOf(header) !== 'RS256') return refuse('signature_mismatch', 'alg');
  const message = Buffer.from(`${header}.${payload}`, 'utf8');
  if (!someKeyVerifies(certificates, 'sha256', message, Buffer.from(signature, 'base64url'))) {
    return refuse('signature_mismatch', 'JWS');
  }
  return jsonBody(decoded(payload));
}

function unwrapped(text: string): string {
  const bare = text.startsWith('"') ? String(jsonBody(text)) : text;
  return bare.includes('.') ? bare : decoded(bare).trim();
}

function algorithmOf(header: string): unknown {
  const parsed = jsonBody(decoded(header));
  return isJsonObject(parsed) ? parsed['alg'] : undefined;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64url').toString('utf8');
}
