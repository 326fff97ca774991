import { utf8Body } from '../common/body.ts';
import { fieldsByName, formDecode, formFields } from '../common/form.ts';
import { isJsonObject, JsonNumber, jsonBody } from '../common/json.ts';
import { refuse } from '../common/refused.ts';
import { hmacBase64, sameText, someSecretFits } from '../common/signatures.ts';
import type { RawRequest } from '../gateway.ts';

export type Verified = {
  readonly fields: ReadonlyMap<string, string>;
  /** Only the signature over decoded text fitted: `&` and `=` inside values make it ambiguous. */
  readonly isWeak: boolean;
};

/**
 * Checks both signature headers, each against its own text: `Content-HMAC` covers the parameters as
 * they were sent, `X-Content-HMAC` the decoded ones.
 */
export function verifiedFields(request: RawRequest, secrets: readonly string[]): Verified {
  const raw = request.method === 'GET' ? request.query : utf8Body(request.body);
  const strong = request.headers['content-hmac'];
  const weak = request.headers['x-content-hmac'];
  if (!strong && !weak) refuse('signature_missing', 'Content-HMAC');
  const isJson = isJsonBody(request);
  if (strong && fits(secrets, raw, strong)) return { fields: parse(raw, isJson), isWeak: false };
  const decoded = isJson ? raw : decode(raw);
  if (weak && fits(secrets, decoded, weak)) return { fields: parse(raw, isJson), isWeak: true };
  return refuse('signature_mismatch', 'Content-HMAC');
}

function fits(secrets: readonly string[], message: string, signature: string): boolean {
  return someSecretFits(secrets, (secret) =>
    sameText(hmacBase64('sha256', secret, message), signature),
  );
}

/** `k=v&k=v` with the escapes taken out of names and values. */
function decode(raw: string): string {
  return raw.split('&').map(formDecode).join('&');
}

function isJsonBody({ method, headers }: RawRequest): boolean {
  return method === 'POST' && (headers['content-type'] ?? '').startsWith('application/json');
}

function parse(raw: string, isJson: boolean): ReadonlyMap<string, string> {
  return isJson ? jsonFields(raw) : fieldsByName(formFields(raw));
}

/** The JSON format has the same names; its scalars are read as the form would write them. */
function jsonFields(raw: string): ReadonlyMap<string, string> {
  const json = jsonBody(raw);
  if (!isJsonObject(json)) return refuse('body_malformed', 'the body is not an object');
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(json)) {
    const text = scalarText(value);
    if (text !== undefined) fields.set(name, text);
  }
  return fields;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value instanceof JsonNumber ? value.text : undefined;
}
