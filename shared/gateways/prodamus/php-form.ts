import { refuse } from '../common/refused.ts';

/** A form as PHP sees it: `products[0][name]` is a value inside arrays. */
export type PhpValue = string | PhpArray;
export type PhpArray = Map<string, PhpValue>;

/** No notification is nested deeper; more would only cost time. */
const MAX_DEPTH = 8;

/** Builds PHP's nested arrays out of form fields. A field that comes twice is refused. */
export function phpArray(fields: readonly { readonly name: string; readonly value: string }[]) {
  const root: PhpArray = new Map();
  for (const { name, value } of fields) put(root, keysOf(name), value);
  return root;
}

function keysOf(name: string): readonly string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match) return refuse('body_malformed', 'a parameter name is not a PHP one');
  const [, first = '', rest = ''] = match;
  const keys = [first, ...rest.split(/[[\]]+/).slice(1, -1)];
  if (keys.length > MAX_DEPTH) return refuse('body_malformed', 'a parameter is nested too deep');
  return rest.includes('[]') ? refuse('body_malformed', 'a parameter without an index') : keys;
}

function put(array: PhpArray, [key = '', ...rest]: readonly string[], value: string): void {
  const known = array.get(key);
  if (rest.length === 0) {
    if (known !== undefined) refuse('body_malformed', 'a parameter comes twice');
    array.set(key, value);
    return;
  }
  if (typeof known === 'string') refuse('body_malformed', 'a parameter comes twice');
  const inner: PhpArray = known instanceof Map ? known : new Map();
  array.set(key, inner);
  put(inner, rest, value);
}

/**
 * What PHP's `json_encode` with `JSON_UNESCAPED_UNICODE` makes of the array, keys sorted: slashes
 * are escaped, keys 0…n-1 make a list. A JavaScript object would not do: it moves numeric keys.
 */
export function canonicalJson(value: PhpValue): string {
  if (typeof value === 'string') return phpString(value);
  const entries = [...value].sort(([a], [b]) => compareKeys(a, b));
  if (entries.every(([key], index) => key === String(index))) {
    return `[${entries.map(([, inner]) => canonicalJson(inner)).join(',')}]`;
  }
  return `{${entries.map(([key, inner]) => `${phpString(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

function phpString(text: string): string {
  return JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** PHP turns decimal keys into integers and sorts those as numbers, the rest byte by byte. */
function compareKeys(a: string, b: string): number {
  const isInteger = (key: string) => /^(?:0|[1-9]\d{0,15})$/.test(key);
  if (isInteger(a) && isInteger(b)) return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
