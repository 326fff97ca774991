import { invoiceItemKey } from '#shared/ledger/adapters/keys.ts';
import { fromItem } from '#shared/platform/table.ts';
import type { Cloud } from '../cloud.ts';
import type { PlannedInvoice } from '../world/story.ts';

/**
 * Watches that nobody waits for an invoice that is there: whoever has heard that an invoice is
 * created may rely on it that payments which came before are settled.
 *
 * A later message would heal it, so that at the end of a run nothing of it would be seen.
 */
export function watchWaiting(cloud: Cloud, report: (problem: string) => void) {
  const created = new Set<string>();
  /** The invoice that each parked payment waits for. */
  const waits = new Map<string, string>();
  cloud.dynamodb.onStreamRecord((_table, { dynamodb }) => {
    const { NewImage } = dynamodb;
    if (!NewImage) return;
    const { pk, kind, seller, invoiceId, binding, allocation } = fromItem({ ...NewImage } as never);
    if (kind !== 'payment') return;
    const target = textIn(binding, 'invoiceId') ?? invoiceId;
    const isParked = textIn(allocation, 'parkReason') === 'unknown_invoice';
    if (!isParked) waits.delete(String(pk));
    else waits.set(String(pk), `${seller}/${target}`);
    if (isParked && created.has(`${seller}/${target}`))
      report(`waiting: ${pk} was parked for invoice ${target}, which exists`);
  });
  return (invoice: PlannedInvoice): void => {
    const name = `${invoice.seller}/${invoice.invoiceId}`;
    created.add(name);
    for (const [payment, target] of waits) {
      if (target === name)
        report(
          `waiting: ${payment} still waits for ${invoiceItemKey(invoice).pk}, which was created`,
        );
    }
  };
}

function textIn(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof field === 'string' ? field : undefined;
}
