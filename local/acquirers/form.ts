/** One field of a form, in the order of the wire. */
export type FormField = readonly [name: string, value: string];

/** `application/x-www-form-urlencoded` as browsers write it: `+` for a space, upper-case escapes. */
export function encodeForm(fields: readonly FormField[]): string {
  return fields.map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`).join('&');
}

/** The same with lower-case escapes, as the .NET platform behind CloudPayments writes it. */
export function encodeFormLowerCase(fields: readonly FormField[]): string {
  return encodeForm(fields).replace(/%[0-9A-F]{2}/g, (mark) => mark.toLowerCase());
}

export function decodeForm(text: string): FormField[] {
  if (text === '') return [];
  return text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    return [unescapeText(name), at < 0 ? '' : unescapeText(pair.slice(at + 1))] as const;
  });
}

/** Fields by name; of a repeated name the last value counts. */
export function formRecord(text: string): Record<string, string> {
  return Object.fromEntries(decodeForm(text));
}

function escapeText(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

/** A broken escape stays as it is: a simulated gateway answers bad input, it does not crash on it. */
export function unescapeText(text: string): string {
  const spaced = text.replace(/\+/g, ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** A value of a form whose names nest, like `products[0][name]`. */
export type NestedForm = string | { [name: string]: NestedForm };

/** Reads `a[b][c]=v` into nested objects. Lists stay objects with the keys 0, 1, 2. */
export function nestForm(fields: readonly FormField[]): { [name: string]: NestedForm } {
  const root: { [name: string]: NestedForm } = {};
  for (const [name, value] of fields) {
    const path = [
      name.split('[')[0] ?? '',
      ...[...name.matchAll(/\[([^\]]*)\]/g)].map(([, key]) => key ?? ''),
    ];
    put(root, path, value);
  }
  return root;
}

function put(node: { [name: string]: NestedForm }, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  const key = head === '' ? String(Object.keys(node).length) : head;
  if (rest.length === 0) {
    define(node, key, value);
    return;
  }
  const known = Object.hasOwn(node, key) ? node[key] : undefined;
  const child = typeof known === 'object' ? known : {};
  define(node, key, child);
  put(child, rest, value);
}

// Names come from outside: `__proto__` must become a field and nothing else.
function define(node: { [name: string]: NestedForm }, key: string, value: NestedForm): void {
  Object.defineProperty(node, key, { value, enumerable: true, writable: true, configurable: true });
}

/** The value at a path of a nested form, when it is a text. */
export function nestedText(form: NestedForm | undefined, ...path: string[]): string | undefined {
  let node = form;
  for (const key of path) {
    if (typeof node !== 'object' || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return typeof node === 'string' ? node : undefined;
}

/** The texts of one nested object, for example `metadata[...]`. */
export function nestedTexts(
  form: NestedForm | undefined,
  ...path: string[]
): Record<string, string> {
  let node = form;
  for (const key of path) node = typeof node === 'object' ? node[key] : undefined;
  if (typeof node !== 'object') return {};
  const texts = Object.entries(node).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}
