import type { Instant } from '#shared/kernel/time.ts';

/** Whether a payer may use what an invoice sold. It follows from the invoice's events alone. */
export type Access = {
  readonly seller: string;
  readonly payerId: string;
  readonly invoiceId: string;
  readonly state: 'granted' | 'withheld';
  /** The invoice's event that decided it. */
  readonly sequence: number;
  readonly paymentKey?: string;
  readonly publishedAt: Instant;
  readonly deliveredAt: Instant;
};

/** What an invoice event means for access. Partial payment does not open: the rule is full payment. */
export function accessStateAfter(eventName: string, due: bigint): Access['state'] {
  if (eventName === 'invoice.restated.v1') return due <= 0n ? 'granted' : 'withheld';
  return eventName === 'invoice.paid.v1' ? 'granted' : 'withheld';
}
