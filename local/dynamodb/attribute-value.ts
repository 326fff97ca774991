import { compareDecimals } from './decimal.ts';

/**
 * A value as it stands in the AWS JSON protocol.
 *
 * Stored values are never changed in place: an update builds new objects along the changed path and
 * shares the rest, so images in the stream stay what they were without copying.
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

/** An item, or the inside of a map. */
export type Item = { readonly [name: string]: AttributeValue };

/** An item that is still being built and that nobody else has seen. */
export type MutableItem = { [name: string]: AttributeValue };

export type Kind = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

export const KINDS: readonly Kind[] = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];

/** The one data type key of a value. */
export function kindOf(value: AttributeValue): Kind {
  for (const kind in value) return kind as Kind; // A value has exactly one key: parsing saw to it.
  throw new Error('an attribute value without a type reached the engine');
}

/** Reads an attribute by any name, also by names that objects inherit, such as `constructor`. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Writes an attribute by any name; `__proto__` must become a plain own property too. */
export function setAttribute(item: MutableItem, name: string, value: AttributeValue): void {
  if (name !== '__proto__') {
    item[name] = value;
    return;
  }
  Object.defineProperty(item, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** The members of a set, or `undefined` when the value is no set. */
export function setMembers(value: AttributeValue): readonly string[] | undefined {
  if ('SS' in value) return value.SS;
  if ('NS' in value) return value.NS;
  if ('BS' in value) return value.BS;
  return undefined;
}

/** Equality as conditions see it: numbers by value, sets without order. Stored numbers are normalised. */
export function valuesEqual(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  const kind = kindOf(left);
  if (kind !== kindOf(right)) return false;
  if ('S' in left && 'S' in right) return left.S === right.S;
  if ('N' in left && 'N' in right) return left.N === right.N;
  if ('B' in left && 'B' in right) return left.B === right.B;
  if ('BOOL' in left && 'BOOL' in right) return left.BOOL === right.BOOL;
  if ('M' in left && 'M' in right) return itemsEqual(left.M, right.M);
  if ('L' in left && 'L' in right) return listsEqual(left.L, right.L);
  if (kind === 'NULL') return true;
  return setsEqual(setMembers(left) ?? [], setMembers(right) ?? []);
}

function listsEqual(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((value, index) => {
    const other = right[index];
    return other !== undefined && valuesEqual(value, other);
  });
}

function setsEqual(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  const members = new Set(left);
  return right.every((member) => members.has(member));
}

export function itemsEqual(left: Item, right: Item): boolean {
  if (left === right) return true;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const one = attributeOf(left, name);
    const other = attributeOf(right, name);
    return one !== undefined && other !== undefined && valuesEqual(one, other);
  });
}

/** The order of two strings by their UTF-8 bytes, which differs from JavaScript's own above U+D7FF. */
function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  return utf8Order(left) < utf8Order(right) ? -1 : 1;
}

/**
 * A string whose UTF-16 order is the UTF-8 order of the given one.
 *
 * Only surrogates and U+E000..U+FFFF stand in the wrong order to each other; swapping the two blocks
 * puts that right. It works unit by unit, so prefixes stay prefixes.
 */
export function utf8Order(text: string): string {
  if (!/[\uD800-\uFFFF]/.test(text)) return text;
  let ordered = '';
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800) ordered += text[index];
    else ordered += String.fromCharCode(unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }
  return ordered;
}

/** Bytes as a string of units 0..255, which compares, searches and measures as bytes do. */
export function bytesOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

/** Compares two values of one scalar kind; `undefined` when they cannot be ordered. */
export function compareScalars(left: AttributeValue, right: AttributeValue): number | undefined {
  if ('S' in left && 'S' in right) return compareStrings(left.S, right.S);
  if ('N' in left && 'N' in right) return compareDecimals(left.N, right.N);
  if (!('B' in left && 'B' in right)) return undefined;
  const [one, other] = [bytesOf(left.B), bytesOf(right.B)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
