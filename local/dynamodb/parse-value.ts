import type { Json } from '#local/kernel/service.ts';
import {
  type AttributeValue,
  type Item,
  KINDS,
  type Kind,
  type MutableItem,
  setAttribute,
} from './attribute-value.ts';
import { normaliseNumber } from './decimal.ts';
import { invalidParameter, validation } from './errors.ts';
import { isObject } from './input.ts';
import { utf8Length } from './item-size.ts';

export const NESTING_MAX = 32;
const NAME_BYTES_MAX = 65_535;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Checks a map of attribute values and copies it, so that the caller's object is never kept. An item
 * is itself the first of the levels that may be nested.
 */
export function parseItem(raw: Json, depth = 1): Item {
  const item: MutableItem = {};
  for (const name of Object.keys(raw)) {
    if (name === '') throw validation('Empty attribute name');
    if (name.length > NAME_BYTES_MAX / 4 && utf8Length(name) > NAME_BYTES_MAX) {
      throw validation('Attribute name is too large, must be less than 65536 bytes');
    }
    setAttribute(item, name, parseValue(raw[name], depth));
  }
  return item;
}

/** Checks one attribute value and gives it in normal form. */
export function parseValue(raw: unknown, depth = 0): AttributeValue {
  const kind = onlyKind(raw);
  const content = isObject(raw) ? raw[kind] : undefined;
  switch (kind) {
    case 'S':
      return { S: text(content) };
    case 'N':
      return { N: normaliseNumber(text(content)) };
    case 'B':
      return { B: binary(content) };
    case 'BOOL':
      return { BOOL: bool(content) };
    case 'NULL':
      if (content !== true)
        throw invalidParameter('Null attribute value types must have the value of true');
      return { NULL: true };
    case 'SS':
      return { SS: members(content, 'string', text) };
    case 'NS':
      return { NS: members(content, 'number', (member) => normaliseNumber(text(member))) };
    case 'BS':
      return { BS: members(content, 'binary', binary) };
    default:
      return parseDocument(kind, content, depth + 1);
  }
}

function parseDocument(kind: 'L' | 'M', content: unknown, depth: number): AttributeValue {
  if (depth > NESTING_MAX)
    throw validation(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
  if (kind === 'M') {
    if (!isObject(content)) throw serialization('Map');
    return { M: parseItem(content, depth) };
  }
  if (!Array.isArray(content)) throw serialization('List');
  return { L: content.map((element: unknown) => parseValue(element, depth)) };
}

function onlyKind(raw: unknown): Kind {
  if (!isObject(raw)) throw serialization('Structure');
  let found: Kind | undefined;
  for (const key in raw) {
    const kind = KINDS.find((candidate) => candidate === key);
    if (kind === undefined || raw[key] === undefined || raw[key] === null) continue;
    if (found) {
      throw validation(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }
    found = kind;
  }
  if (found) return found;
  throw validation(
    'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
  );
}

function text(content: unknown): string {
  if (typeof content !== 'string') throw serialization('String');
  return content;
}

function bool(content: unknown): boolean {
  if (typeof content !== 'boolean') throw serialization('Boolean');
  return content;
}

function binary(content: unknown): string {
  const base64 = text(content);
  if (!BASE64.test(base64)) throw serialization('Base64');
  return base64;
}

function members(content: unknown, noun: string, parse: (member: unknown) => string): string[] {
  if (!Array.isArray(content)) throw serialization('Set');
  if (content.length === 0) throw emptySet(noun);
  const parsed = content.map(parse);
  if (new Set(parsed).size === parsed.length) return parsed;
  if (noun === 'number') throw validation('Input collection contains duplicates');
  throw invalidParameter(
    noun === 'binary'
      ? 'Input collection of type BS contains duplicates.'
      : `Input collection [${parsed.join(', ')}] contains duplicates.`,
  );
}

function emptySet(noun: string): Error {
  return invalidParameter(
    noun === 'binary' ? 'Binary sets should not be empty' : `An ${noun} set  may not be empty`,
  );
}

function serialization(expected: string): Error {
  return validation(`An attribute value is not of the expected type ${expected}`);
}
