import type { GatewayName } from '#local/acquirers/payment.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { Choice } from '../kernel/choice.ts';
import { historyOf } from './history.ts';
import type { World } from './settings.ts';
import type { Gateway, PlannedInvoice, PlannedPayment, Plot } from './story.ts';
import { abilitiesOf, planWirePayment } from './wire/plan.ts';

/** What a story is made from. */
export type Draft = {
  readonly index: number;
  readonly kind: string;
  readonly key: string;
  readonly choice: Choice;
  readonly startMs: number;
  /** Some stories happen within a blink, so that everything of theirs meets. */
  readonly paceMs: number;
  readonly seller: string;
  readonly payerId: string;
  readonly currency: Currency;
  readonly isOnWire: boolean;
  readonly world: World;
};

/** Where an acquirer takes only some currencies; the others take all. */
const CURRENCIES: Readonly<Partial<Record<GatewayName, readonly string[]>>> = {
  tbank: ['RUB'],
  robokassa: ['RUB'],
  prodamus: ['RUB'],
  sber: ['RUB', 'USD', 'EUR', 'KZT', 'BYN', 'CNY', 'GBP'],
  // Its Refund names no currency: the product takes only those with the digits of the terminal's own.
  cloudpayments: ['RUB', 'USD', 'EUR', 'KZT', 'BYN', 'CNY', 'GBP'],
};

export function takes(gateway: GatewayName, currency: Currency): boolean {
  return CURRENCIES[gateway]?.includes(currency) ?? true;
}

export function plot(parts: Partial<Plot>): Plot {
  return { invoices: [], payments: [], allocations: [], refunds: [], poison: [], ...parts };
}

/** An amount of at most this, or of what the user's own configuration says. */
export function amountOf({ choice, world }: Draft, name: string, most: bigint): bigint {
  const { amounts } = world;
  if (!amounts) return choice.amount(name, most);
  return amounts.min - 1n + choice.amount(name, amounts.max - amounts.min + 1n);
}

export function invoiceOf(
  { key, seller, payerId, currency }: Draft,
  options: { total: bigint; atMs: number | undefined; currency?: Currency },
): PlannedInvoice {
  return { seller, payerId, invoiceId: `inv_${key}`, currency, ...options };
}

export type PaymentOptions = {
  readonly invoiceId?: string;
  readonly payerId?: string;
  readonly amount?: bigint;
  /** Which payment of its story it is, from 1. */
  readonly number?: number;
  readonly mayReturn?: boolean;
};

export function paymentOf(draft: Draft, options: PaymentOptions): PlannedPayment {
  const { invoiceId } = options;
  const gateways = draft.isOnWire && invoiceId !== undefined ? wireGateways(draft) : [];
  const [first, ...others] = gateways;
  if (first && invoiceId !== undefined)
    return onWire(draft, { ...options, invoiceId }, [first, ...others]);
  return inDialect(draft, options);
}

function wireGateways({ world, currency }: Draft): GatewayName[] {
  return world.acquirers.filter((name) => takes(name, currency));
}

/** Those whose refunds an operator can order here, and which report them. */
export function refundingGateways(draft: Draft): GatewayName[] {
  return wireGateways(draft).filter(
    (name) =>
      gatewayByName(name)?.api.refund !== undefined &&
      abilitiesOf(draft.choice, name, draft.seller).refunds,
  );
}

export function onWire(
  draft: Draft,
  options: PaymentOptions & { readonly invoiceId: string; readonly isPlain?: boolean },
  gateways: readonly [GatewayName, ...GatewayName[]],
): PlannedPayment {
  const { choice, key, seller, startMs, paceMs, payerId, currency } = draft;
  const { invoiceId, number = 1, mayReturn = true, isPlain = false } = options;
  const own = ownKey(draft, options);
  return planWirePayment({
    choice,
    key: own,
    gateway: choice.pick(`${own}:acquirer`, gateways),
    seller,
    invoiceId,
    reference: number === 1 ? invoiceId : `${invoiceId}-${number}`,
    payerId,
    currency,
    amount: options.amount ?? amountOf(draft, `${key}:amount`, 900_000n),
    startMs,
    paceMs,
    mayReturn,
    isPlain,
  });
}

function inDialect(draft: Draft, options: PaymentOptions): PlannedPayment {
  const { choice, seller, startMs, paceMs, currency, world } = draft;
  const { invoiceId, payerId, mayReturn = true } = options;
  const [first, ...others] = world.dialects;
  if (!first) throw new Error('this world has no gateway for a payment without an invoice');
  const key = ownKey(draft, options);
  const gateways: readonly [Gateway, ...Gateway[]] = [first, ...others];
  return {
    seller,
    gateway: choice.pick(`${key}:gateway`, gateways),
    paymentId: key,
    key,
    invoiceId,
    payerId,
    currency,
    facts: historyOf({
      choice,
      key,
      amount: options.amount ?? amountOf(draft, `${key}:amount`, 900_000n),
      startMs,
      paceMs,
      mayReturn,
    }),
  };
}

function ownKey({ key }: Draft, { number }: PaymentOptions): string {
  return number === undefined ? key : `${key}-${number - 1}`;
}
