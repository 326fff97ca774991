import { invoiceEvents, nextVersion, paymentEvents } from '#shared/events/domain/derive-events.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { decideSettlement, invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Binding, Payment, PaymentRef } from '#shared/payments/domain/payment.ts';
import type { PaymentStore } from '#shared/payments/ports.ts';

const ATTEMPTS_MAX = 8;

export type ResettleDeps = { readonly store: PaymentStore; readonly clock: Clock };

/** Why an operator's decision cannot be carried out. Asking again later changes nothing. */
export type AllocationRefusal =
  | 'payment.unknown'
  | 'payment.not_parked'
  | 'invoice.unknown'
  | 'invoice.already_paid'
  | 'invoice.currency_mismatch';

export type AllocationOutcome =
  | { readonly payment: Payment }
  | { readonly refused: AllocationRefusal };

/** Settles a stored payment again: the invoice it waited for has been created. */
export function createResettlePayment(deps: ResettleDeps) {
  return (ref: PaymentRef): Promise<AllocationOutcome> => resettle(deps, ref, undefined);
}

/** Carries out an operator's decision that parked money belongs to an invoice. */
export function createAllocatePayment(deps: ResettleDeps) {
  return (ref: PaymentRef, invoiceId: string, by: string): Promise<AllocationOutcome> =>
    resettle(deps, ref, { invoiceId, by, at: deps.clock() });
}

async function resettle(
  { store, clock }: ResettleDeps,
  ref: PaymentRef,
  binding: Binding | undefined,
): Promise<AllocationOutcome> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const stored = (await store.load({ payments: [ref], invoices: [], payers: [] })).payment(ref);
    if (!stored) return { refused: 'payment.unknown' };
    if (isDone(stored, binding)) return { payment: stored };
    if (stored.allocation.parked === 0n)
      return binding ? { refused: 'payment.not_parked' } : { payment: stored };
    const bound: Payment = binding ? { ...stored, binding } : stored;
    const invoiceId = invoiceIdOf(bound);
    if (invoiceId === undefined) return { refused: 'invoice.unknown' };
    const invoiceRef = { seller: ref.seller, invoiceId };
    const invoice = (
      await store.load({ payments: [], invoices: [invoiceRef], payers: [] })
    ).invoice(invoiceRef);
    if (!invoice) return { refused: 'invoice.unknown' };
    const decided = decideSettlement({
      stored,
      payment: bound,
      invoice,
      payerIsKnown: true,
      times: undefined, // No message brings it now: the stages of an earlier one say nothing.
      bookedAt: clock(),
    });
    const refused = refusalOf(decided.payment);
    if (refused && binding) return { refused };
    const after = nextVersion(
      stored,
      decided.payment,
      paymentEvents(stored, decided.payment).length,
    );
    invariant(decided.invoice, 'an invoice that was given comes back');
    const nextInvoice = nextVersion(
      invoice,
      decided.invoice,
      invoiceEvents(invoice, decided.invoice).length,
    );
    const outcome = await store.save({
      payments: [{ before: stored, after }],
      invoice: decided.invoice === invoice ? undefined : { before: invoice, after: nextInvoice },
      absentInvoices: [],
    });
    if (outcome === 'saved') return { payment: after };
  }
  throw new LedgerContended(`${ref.gateway} payment lost ${ATTEMPTS_MAX} races`);
}

/** The same decision made again is a success: the operator's answer may have been lost on the way. */
function isDone(stored: Payment, binding: Binding | undefined): boolean {
  return (
    binding !== undefined &&
    stored.binding?.invoiceId === binding.invoiceId &&
    stored.allocation.parked === 0n
  );
}

function refusalOf({ allocation }: Payment): AllocationRefusal | undefined {
  if (allocation.parked === 0n) return undefined;
  return allocation.parkReason === 'currency_mismatch'
    ? 'invoice.currency_mismatch'
    : 'invoice.already_paid';
}

/** Others changed the same items all the time; the caller may try again. */
export class LedgerContended extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LedgerContended';
  }
}
