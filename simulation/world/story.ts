import type { Currency } from '#shared/kernel/currency.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { Fact } from './history.ts';

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
};

/** An operator decides that a parked payment belongs to an invoice. */
export type PlannedAllocation = {
  readonly payment: PlannedPayment;
  readonly invoice: PlannedInvoice;
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
  'poison',
] as const;
export type StoryKind = (typeof STORY_KINDS)[number];

/** What one payer wanted, and everything that comes of it. No story knows of another one. */
export type Story = {
  readonly index: number;
  readonly kind: StoryKind;
  readonly startMs: number;
  readonly invoices: readonly PlannedInvoice[];
  readonly payments: readonly PlannedPayment[];
  readonly allocations: readonly PlannedAllocation[];
  /** Bodies of queue messages that nothing can be made of. */
  readonly poison: readonly { readonly key: string; readonly body: string }[];
};

export function nameOf({ seller, gateway, paymentId }: PlannedPayment): string {
  return `${seller}/${gateway.name}:${paymentId}`;
}
