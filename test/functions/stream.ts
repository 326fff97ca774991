import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { LedgerChange } from '#shared/ledger/adapters/stream.ts';
import type { Item } from '#shared/platform/table.ts';

/** Changes as the ledger's stream gives them to Lambda. */
export function streamEvent(changes: readonly LedgerChange[]): DynamoDBStreamEvent {
  return {
    Records: changes.map(({ sequenceNumber, before, after, writtenAt }) => ({
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: {
        SequenceNumber: sequenceNumber,
        ApproximateCreationDateTime: Date.parse(writtenAt) / 1000,
        NewImage: asStreamed(after),
        ...(before && { OldImage: asStreamed(before) }),
      },
    })),
  };
}

/** A record that says nothing of payments or invoices. */
export function otherRecord(): DynamoDBStreamEvent['Records'][number] {
  return {
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: '000000000000000000000',
      NewImage: { pk: { S: 'INVOICE#school#ord_72' }, kind: { S: 'invoice_lines' } },
    },
  };
}

/** The Lambda and SDK types of one and the same JSON differ only in how they spell binary values. */
function asStreamed(item: Item) {
  return JSON.parse(JSON.stringify(item));
}
