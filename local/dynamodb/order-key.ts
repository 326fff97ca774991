import { type AttributeValue, bytesOf, utf8Order } from './attribute-value.ts';
import { numberOrder } from './decimal.ts';

/** A string that sorts as DynamoDB sorts the key value: UTF-8 bytes, numeric value, or bytes. */
export function orderKey(value: AttributeValue): string {
  if ('S' in value) return utf8Order(value.S);
  if ('N' in value) return numberOrder(value.N);
  if ('B' in value) return bytesOf(value.B);
  throw new Error('a value that cannot be a key reached the store');
}

/**
 * Spreads partitions over the hash space, as scans see them: in no useful order, but in a fixed one.
 *
 * FNV-1a with a final mix, because short similar keys must land in different scan segments.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export const HASH_SPACE = 2 ** 32;

/** A hash as a string of fixed length, so that strings sort as the numbers do. */
export function hashOrder(hash: number): string {
  return hash.toString(16).padStart(8, '0');
}
