import type { DynamoDBRecord } from 'aws-lambda';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { Item } from '#shared/platform/table.ts';
import { kindOf } from './items.ts';

/** Kinds of items whose every version is an event source and is sealed. */
const TRUTH_KINDS = new Set(['payment', 'invoice', 'credit_note', 'payer']);

/** One version of a truth item, as the ledger's stream tells it. */
export type LedgerChange = {
  readonly sequenceNumber: string;
  readonly kind: 'payment' | 'invoice' | 'credit_note' | 'payer';
  readonly before: Item | undefined;
  readonly after: Item;
  /** When the stream says it was written, to the second. */
  readonly writtenAt: Instant;
};

/** Reads a stream record; `undefined` for items that are not truth (lines, waiting marks). */
export function ledgerChangeOf(record: DynamoDBRecord): LedgerChange | undefined {
  const {
    NewImage,
    OldImage,
    SequenceNumber,
    ApproximateCreationDateTime = 0,
  } = record.dynamodb ?? {};
  // The Lambda and SDK types of one and the same JSON differ only in how they spell binary values.
  const after = NewImage as Item | undefined;
  const kind = after && kindOf(after);
  if (!after || !SequenceNumber || !isTruth(kind)) return undefined;
  return {
    sequenceNumber: SequenceNumber,
    kind,
    before: OldImage as Item | undefined,
    after,
    writtenAt: instantFromMs(ApproximateCreationDateTime * 1000),
  };
}

export function isTruth(kind: string | undefined): kind is LedgerChange['kind'] {
  return kind !== undefined && TRUTH_KINDS.has(kind);
}
