import type { Json } from '#local/kernel/service.ts';
import { validation } from './errors.ts';

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function optionalString(input: Json, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'String');
  return value;
}

export function requiredString(input: Json, name: string): string {
  const value = optionalString(input, name);
  if (value === undefined) throw missing(name);
  return value;
}

export function optionalObject(input: Json, name: string): Json | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType(name, 'Map');
  return value;
}

export function requiredObject(input: Json, name: string): Json {
  const value = optionalObject(input, name);
  if (value === undefined) throw missing(name);
  return value;
}

export function optionalList(input: Json, name: string): readonly unknown[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, 'List');
  return value;
}

export function requiredList(input: Json, name: string): readonly unknown[] {
  const value = optionalList(input, name);
  if (value === undefined) throw missing(name);
  return value;
}

export function objectsOf(list: readonly unknown[], name: string): readonly Json[] {
  return list.map((entry) => {
    if (!isObject(entry)) throw wrongType(name, 'Structure');
    return entry;
  });
}

export function stringsOf(list: readonly unknown[], name: string): readonly string[] {
  return list.map((entry) => {
    if (typeof entry !== 'string') throw wrongType(name, 'String');
    return entry;
  });
}

export function optionalBoolean(input: Json, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, 'Boolean');
  return value;
}

export function optionalInteger(input: Json, name: string, minimum: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'Integer');
  if (value < minimum) {
    throw constraint(
      String(value),
      name,
      `Member must have value greater than or equal to ${minimum}`,
    );
  }
  return value;
}

/** One of a fixed list of words; absent means the first of them. */
export function choice<const Word extends string>(
  input: Json,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = optionalString(input, name);
  if (value === undefined) return words[0];
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) {
    const allowed = words.join(', ');
    throw constraint(value, name, `Member must satisfy enum value set: [${allowed}]`);
  }
  return word;
}

/** A request that breaks a rule of the API's model; a missing value stands there without quotes. */
export function constraint(value: string | null, name: string, rule: string): Error {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const shown = value === null ? value : `'${value}'`;
  return validation(
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${rule}`,
  );
}

function missing(name: string): Error {
  return constraint(null, name, 'Member must not be null');
}

function wrongType(name: string, type: string): Error {
  return validation(`${name} must be of type ${type}`);
}
