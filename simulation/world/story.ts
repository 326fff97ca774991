import type { Currency } from '#shared/kernel/currency.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { Fact } from './history.ts';
import type { WirePlan } from './wire/plan.ts';

/** How a gateway talks. */
export type Gateway = {
  readonly name: string;
  /** Totals so far in each message, or each operation apart. */
  readonly tells: 'totals' | 'parts';
  /** Which messages are only a reason to ask: none, those about returned money, or all. */
  readonly isAsked: 'never' | 'for_returns' | 'always';
};

/** The dialects of the acquirers that the product knows, by their shapes. */
export const GATEWAYS: readonly [Gateway, ...Gateway[]] = [
  { name: 'stripe', tells: 'totals', isAsked: 'never' },
  { name: 'cloudpayments', tells: 'parts', isAsked: 'never' },
  { name: 'adyen', tells: 'parts', isAsked: 'never' },
  { name: 'yookassa', tells: 'totals', isAsked: 'always' },
  { name: 'tbank', tells: 'totals', isAsked: 'for_returns' },
  { name: 'paypal', tells: 'parts', isAsked: 'for_returns' },
];

export type PlannedInvoice = {
  readonly seller: string;
  readonly invoiceId: string;
  readonly payerId: string;
  readonly currency: Currency;
  readonly total: bigint;
  /** When somebody asks for it; before everything else when absent. */
  readonly atMs: number | undefined;
};

/** One message of a gateway about a payment. */
export type Notification = {
  /** Names the message in traces and faults. */
  readonly key: string;
  readonly atMs: number;
  readonly statement: PaymentStatement;
  /** Comes for certain, after everything: the nightly comparison with the gateway asks once more. */
  readonly isClosing: boolean;
};

export type PlannedPayment = {
  readonly seller: string;
  readonly gateway: Gateway;
  readonly paymentId: string;
  readonly invoiceId: string | undefined;
  readonly payerId: string | undefined;
  readonly currency: Currency;
  readonly facts: readonly Fact[];
  /** Names the payment in traces and faults. */
  readonly key: string;
  /** What happens in the books of a simulated acquirer; absent where a gateway is only a dialect. */
  readonly wire?: WirePlan;
};

/** An operator decides that a parked payment belongs to an invoice. */
export type PlannedAllocation = {
  readonly payment: PlannedPayment;
  readonly invoice: PlannedInvoice;
  readonly atMs: number;
};

/** An operator orders a refund from the gateway, in the operator API. */
export type PlannedRefund = {
  readonly payment: PlannedPayment;
  readonly amount: bigint;
  readonly idempotencyKey: string;
  readonly atMs: number;
};

/**
 * - `single`: one payment of one invoice, which may come before its invoice.
 * - `instalments`: several payments that together never exceed the invoice.
 * - `rivals`: several payments for one invoice; which of them is parked depends on who came first.
 * - `top_up`: a known payer pays without an invoice.
 * - `stranger`: nobody knows the payer.
 * - `mistyped`: the invoice does not exist; an operator allocates the money to another one.
 * - `other_currency`: the money is in another currency than the invoice.
 * - `returned`: an operator gives money back, perhaps before it is there, perhaps more than is left.
 * - `contradiction`: of a known payment something is said that cannot be true as well.
 * - `poison`: a message that no retry can help.
 */
export const STORY_KINDS = [
  'single',
  'instalments',
  'rivals',
  'top_up',
  'stranger',
  'mistyped',
  'other_currency',
  'returned',
  'contradiction',
  'poison',
] as const;
export type StoryKind = (typeof STORY_KINDS)[number];

/** What happens in a story. */
export type Plot = Pick<Story, 'invoices' | 'payments' | 'allocations' | 'refunds' | 'poison'>;

/** Kinds whose end is certain whatever comes first: no rival is parked, no refund is too early. */
export const CERTAIN_KINDS = STORY_KINDS.filter((kind) => kind !== 'rivals' && kind !== 'returned');

/** What one payer wanted, and everything that comes of it. No story knows of another one. */
export type Story = {
  readonly index: number;
  /** One of `STORY_KINDS`, or a kind of the user's own. */
  readonly kind: string;
  readonly startMs: number;
  readonly invoices: readonly PlannedInvoice[];
  readonly payments: readonly PlannedPayment[];
  readonly allocations: readonly PlannedAllocation[];
  readonly refunds: readonly PlannedRefund[];
  /** Bodies of queue messages that nothing can be made of. */
  readonly poison: readonly {
    readonly key: string;
    readonly body: string;
    /** Comes when the payment of this partition key is known. */
    readonly onceStored?: string;
  }[];
};

export function nameOf({ seller, gateway, paymentId }: PlannedPayment): string {
  return `${seller}/${gateway.name}:${paymentId}`;
}
