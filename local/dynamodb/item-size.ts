import { type AttributeValue, type Item, setMembers } from './attribute-value.ts';
import { numberSize } from './decimal.ts';

const COLLECTION_OVERHEAD_BYTES = 3;
const ELEMENT_OVERHEAD_BYTES = 1;

/** The size that limits and capacity units count: attribute names and values. */
export function itemSize(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined) bytes += utf8Length(name) + valueSize(value);
  }
  return bytes;
}

export function valueSize(value: AttributeValue): number {
  if ('S' in value) return utf8Length(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return base64Length(value.B);
  if ('L' in value) {
    return value.L.reduce(
      (bytes, element) => bytes + ELEMENT_OVERHEAD_BYTES + valueSize(element),
      COLLECTION_OVERHEAD_BYTES,
    );
  }
  if ('M' in value) {
    const overhead = ELEMENT_OVERHEAD_BYTES * Object.keys(value.M).length;
    return COLLECTION_OVERHEAD_BYTES + overhead + itemSize(value.M);
  }
  return setSize(value);
}

function setSize(value: AttributeValue): number {
  const members = setMembers(value);
  if (!members) return 1; // BOOL and NULL.
  const memberSize = 'SS' in value ? utf8Length : 'NS' in value ? numberSize : base64Length;
  return members.reduce((bytes, member) => bytes + memberSize(member), 0);
}

export function base64Length(text: string): number {
  return Buffer.byteLength(text, 'base64');
}

export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}
