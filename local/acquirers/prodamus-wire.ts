import { createHmac } from 'node:crypto';
import type { Shop } from './dialect.ts';
import { type FormField, type NestedForm, nestForm } from './form.ts';

export type ProdamusShop = Shop & { readonly secretKey: string };

/** HMAC-SHA256 in hex over the form as PHP writes it: nested, sorted, every leaf a text. */
export function prodamusSign(fields: readonly FormField[], secretKey: string): string {
  return createHmac('sha256', secretKey).update(canonicalForm(fields), 'utf8').digest('hex');
}

/** `json_encode` with `JSON_UNESCAPED_UNICODE`: no spaces, slashes escaped. */
export function canonicalForm(fields: readonly FormField[]): string {
  return phpJson(nestForm(fields.filter(([name]) => name !== 'signature'))).replace(/\//g, '\\/');
}

function phpJson(node: NestedForm): string {
  if (typeof node === 'string') return JSON.stringify(node);
  const keys = Object.keys(node).toSorted();
  const isList = keys.length > 0 && keys.every((_, at) => Object.hasOwn(node, String(at)));
  if (isList) return `[${keys.map((_, at) => phpJson(node[String(at)] ?? '')).join(',')}]`;
  return `{${keys.map((key) => `${JSON.stringify(key)}:${phpJson(node[key] ?? '')}`).join(',')}}`;
}

/** `multipart/form-data` with one part per field. */
export function encodeMultipart(fields: readonly FormField[], boundary: string): string {
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}
