import type { Key } from '#shared/platform/table.ts';

/** The keys of the journal table. Nothing else builds them. */

const NUMBER_DIGITS = 12;
/** Blocks of one partition: big enough to read in pages, small enough never to be hot for long. */
const BLOCKS_PER_PARTITION = 1000;

export function blockKey(number: number): Key {
  return { pk: blockPartition(number), sk: String(number).padStart(NUMBER_DIGITS, '0') };
}

export function blockPartition(number: number): string {
  return `BLOCKS#${Math.floor(number / BLOCKS_PER_PARTITION)}`;
}

export const SEAL_HEAD_KEY: Key = { pk: 'SEAL', sk: 'HEAD' };
/** How far the watch has verified the chain. */
export const WATCH_KEY: Key = { pk: 'SEAL', sk: 'WATCH' };

export function recordKey(object: string, version: number): Key {
  return { pk: `RECORD#${object}`, sk: String(version).padStart(NUMBER_DIGITS, '0') };
}

/** Postings of payer accounts, for balances and statements: all currencies of an account in one partition. */
export function postingKey(account: string, bookedAt: string, entryId: string): Key {
  return { pk: postingPartition(account), sk: `${bookedAt}#${entryId}` };
}

export function postingPartition(account: string): string {
  return `ACCOUNT#${account}`;
}

/** Up to which event the bus was told of a ledger item, without a gap. */
export const TOLD_PREFIX = 'TOLD#';

export function toldKey(object: string): Key {
  return { pk: `${TOLD_PREFIX}${object}`, sk: 'SEQUENCE' };
}
