import type { ApiRequest, ApiResponse } from './dialect.ts';

/** A JSON object of unknown content. */
export type JsonObject = { readonly [name: string]: unknown };

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

export function textAnswer(
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): ApiResponse {
  return { status, headers: { 'content-type': contentType }, body };
}

export function redirectTo(url: string): ApiResponse {
  return { status: 302, headers: { location: url }, body: '' };
}

/** The body as a JSON object, or `undefined` when it is none. An empty body is an empty object. */
export function readJson(body: string): JsonObject | undefined {
  if (body.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of nested objects. */
export function valueAt(value: unknown, ...path: string[]): unknown {
  let node = value;
  for (const key of path) {
    if (!isObject(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

/** A text, or a number as text, at a path. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === 'number' && Number.isFinite(found)) return String(found);
  return typeof found === 'string' ? found : undefined;
}

/** A positive whole number, as a number or as digits. */
export function minorAt(value: unknown, ...path: string[]): bigint | undefined {
  const text = textAt(value, ...path);
  return text !== undefined && /^\d{1,18}$/.test(text) && text !== '0' ? BigInt(text) : undefined;
}

/** The texts of an object at a path, for example `metadata`. */
export function textsAt(value: unknown, ...path: string[]): Record<string, string> {
  const found = valueAt(value, ...path);
  if (!isObject(found)) return {};
  const texts = Object.entries(found).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

/** User and password of HTTP Basic. */
export function basicCredentials({ headers }: ApiRequest): string | undefined {
  const encoded = /^Basic (\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

export function bearerToken({ headers }: ApiRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
}

/** Gives the first answer again when the same key comes again, as gateways with idempotency keys do. */
export class AnswerBook {
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: ApiResponse }>();

  /** `conflict` answers a key that comes again with other content. Server errors are not remembered. */
  once(
    key: string | undefined,
    asked: string,
    answer: () => ApiResponse,
    conflict?: () => ApiResponse,
  ): ApiResponse {
    if (key === undefined) return answer();
    const known = this.#answers.get(key);
    if (known) return known.asked === asked || !conflict ? known.answer : conflict();
    const fresh = answer();
    if (fresh.status < 500) this.#answers.set(key, { asked, answer: fresh });
    return fresh;
  }
}

/** Without a version prefix like `/v3`, and without a slash at the end. */
export function withoutVersion(path: string): string {
  const bare = path.replace(/^\/v\d+(?=\/|$)/, '').replace(/\/+$/, '');
  return bare === '' ? '/' : bare;
}
