/** A JSON object whose values are not checked yet. */
export type JsonObject = { [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Templates come from outside: a value of an unexpected kind is named and refused. */
export function asObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new TypeError(`${what}: expected an object, got ${describe(value)}`);
}

export function asText(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  // CloudFormation turns numbers and booleans into text wherever text is wanted.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError(`${what}: expected text, got ${describe(value)}`);
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what}: expected a list, got ${describe(value)}`);
}

export function asNumber(value: unknown, what: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new TypeError(`${what}: expected a number, got ${describe(value)}`);
}

/** A property that may be absent. */
export function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined ? undefined : asText(value, what);
}

export function optionalNumber(value: unknown, what: string): number | undefined {
  return value === undefined ? undefined : asNumber(value, what);
}

/** Template lists may hold one bare value where a list is meant. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function textsOf(value: unknown, what: string): readonly string[] {
  return listOf(value).map((item) => asText(item, what));
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
