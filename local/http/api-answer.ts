import { isObject } from '#local/template/json.ts';
import type { HttpResponse } from './http-message.ts';

/** An answer that API Gateway gives by itself. */
export function gatewayAnswer(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

export const INTERNAL_ERROR = gatewayAnswer(500, 'Internal Server Error');

/** Turns what a function returned into an HTTP answer, by the rules of payload format 2.0. */
export function functionAnswer(payload: string): HttpResponse {
  const value: unknown = JSON.parse(payload);
  if (!isObject(value) || value['statusCode'] === undefined) {
    // Without a status code the whole value is the body.
    const body = typeof value === 'string' ? value : payload;
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = Number(value['statusCode']);
  if (!Number.isInteger(status) || status < 100 || status > 599) return INTERNAL_ERROR;
  const body = value['body'] ?? '';
  if (typeof body !== 'string') return INTERNAL_ERROR;
  return {
    status,
    headers: headersOf(value['headers'], value['cookies']),
    body: value['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : body,
  };
}

function headersOf(headers: unknown, cookies: unknown): HttpResponse['headers'] {
  const given = isObject(headers) ? Object.entries(headers) : [];
  const named = given
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    // The length is that of the bytes sent; the connection is this server's own.
    .filter(([name]) => !['content-length', 'connection', 'transfer-encoding'].includes(name));
  const all = { 'content-type': 'text/plain; charset=utf-8', ...Object.fromEntries(named) };
  if (!Array.isArray(cookies)) return all;
  return { ...all, 'set-cookie': cookies.map(String) };
}
