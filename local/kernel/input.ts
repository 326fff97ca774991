import { AwsError } from './aws-error.ts';
import type { Json } from './service.ts';

/** True for a JSON object: not an array, not null, not bytes. */
export function isJson(value: unknown): value is Json {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

/** An empty text counts as absent, as it does for AWS's required parameters. */
export function optionalText(input: Json, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalidInput(name, 'a string');
}

export function requiredText(input: Json, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined) throw missingInput(name);
  return value;
}

/** Numbers may stand in an attribute map as text; whatever is no finite number is refused. */
export function optionalNumber(input: Json, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw invalidInput(name, 'a number');
}

export function optionalFlag(input: Json, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalidInput(name, 'a boolean');
}

export function optionalJson(input: Json, name: string): Json | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (isJson(value)) return value;
  throw invalidInput(name, 'an object');
}

export function requiredJson(input: Json, name: string): Json {
  const value = optionalJson(input, name);
  if (value === undefined) throw missingInput(name);
  return value;
}

/** A list of anything; an absent list is empty. */
export function listOf(input: Json, name: string): readonly unknown[] {
  const value = input[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalidInput(name, 'a list');
}

export function jsonListOf(input: Json, name: string): readonly Json[] {
  return listOf(input, name).map((entry) => {
    if (!isJson(entry)) throw invalidInput(name, 'a list of objects');
    return entry;
  });
}

export function textListOf(input: Json, name: string): readonly string[] {
  return listOf(input, name).map((entry) => {
    if (typeof entry !== 'string') throw invalidInput(name, 'a list of strings');
    return entry;
  });
}

/** A map of texts, for example tags, queue attributes or an encryption context. */
export function textMapOf(input: Json, name: string): Record<string, string> {
  const entries = Object.entries(optionalJson(input, name) ?? {}).map(([key, value]) => {
    if (typeof value !== 'string') throw invalidInput(`${name}.${key}`, 'a string');
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}

/** A moment as the JSON protocols send it (epoch seconds), as ISO text, or as a `Date` in process. */
export function optionalMomentMs(input: Json, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return Math.round(value * 1000);
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(parsed)) throw invalidInput(name, 'a timestamp');
  return parsed;
}

export function missingInput(name: string): AwsError {
  return new AwsError('ValidationException', `Value null at '${name}' failed: ${name} is required`);
}

function invalidInput(name: string, expected: string): AwsError {
  return new AwsError('ValidationException', `Value at '${name}' is not ${expected}`);
}
