import { JsonNumber } from '../common/json.ts';
import { hashHex } from '../common/signatures.ts';

/**
 * The bank's token: SHA-256 over the values of all root-level scalars, sorted by name, with the
 * terminal's password among them.
 *
 * The fields are not a fixed list: the bank signs whatever it sends and adds fields without notice.
 */
export function tokenOf(fields: Readonly<Record<string, unknown>>, password: string): string {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    const text = name === 'Token' ? undefined : scalarText(value);
    if (text !== undefined) values.set(name, text);
  }
  values.set('Password', password);
  const names = [...values.keys()].sort();
  return hashHex('sha256', names.map((name) => values.get(name)).join(''));
}

/** Objects, arrays and nulls are not signed. Numbers enter as they were written. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return value instanceof JsonNumber ? value.text : undefined;
}
