import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { PATIENCE_MS, readChanges } from '#shared/ledger/usecases/read-changes.ts';
import { live } from '#test/events/lives.ts';
import { refunded, statement } from '#test/payments/builders.ts';

const { changes } = live([statement(), refunded(1n), refunded(2n)], undefined);
const writtenAt = changes[1]?.writtenAt ?? ('' as Instant);
const later = (ms: number) => instantFromMs(Date.parse(writtenAt) + ms);

/** A version of the product that cannot read the second change. */
function read(change: (typeof changes)[number]): string {
  if (change === changes[1]) throw new TypeError('of a later version of the product');
  return change.sequenceNumber;
}

const numbers = changes.map(({ sequenceNumber }) => sequenceNumber);

describe('a change that cannot be read', () => {
  it('holds up those behind it while it is young', () => {
    expect(readChanges(changes, later(PATIENCE_MS - 1), read)).toEqual({
      read: numbers.slice(0, 1),
      skipped: 0,
      stuckAt: numbers[1],
    });
  });

  it('is passed over when the patience is at its end', () => {
    expect(readChanges(changes, later(PATIENCE_MS), read)).toEqual({
      read: [numbers[0], ...numbers.slice(2)],
      skipped: 1,
      stuckAt: undefined,
    });
  });
});
