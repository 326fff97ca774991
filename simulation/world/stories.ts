import type { Currency } from '#shared/kernel/currency.ts';
import type { Choice } from '../kernel/choice.ts';
import { historyOf } from './history.ts';
import {
  GATEWAYS,
  type PlannedInvoice,
  type PlannedPayment,
  type Story,
  type StoryKind,
} from './story.ts';

/** How often each kind is told: mostly what is usual, and each oddity in every hundred. */
const KINDS: readonly [StoryKind, ...StoryKind[]] = [
  'single',
  'single',
  'single',
  'single',
  'single',
  'instalments',
  'instalments',
  'rivals',
  'top_up',
  'stranger',
  'mistyped',
  'other_currency',
  'poison',
];
const SELLERS: readonly [string, ...string[]] = ['school', 'gym'];
const PAYERS = 20;
const DAY_MS = 86_400_000;

type Draft = {
  readonly index: number;
  readonly kind: StoryKind;
  readonly key: string;
  readonly choice: Choice;
  readonly startMs: number;
  /** Some stories happen within a blink, so that everything of theirs meets. */
  readonly paceMs: number;
  readonly seller: string;
  readonly payerId: string;
};

/** The story of an index is the same whatever other stories are told. */
export function storyOf(index: number, fromMs: number, spreadMs: number, choice: Choice): Story {
  const key = `story${index}`;
  const kind = choice.pick(`${key}:kind`, KINDS);
  const draft: Draft = {
    index,
    kind,
    key,
    choice,
    startMs: fromMs + choice.int(`${key}:start`, 0, spreadMs),
    paceMs: choice.pick(`${key}:pace`, [30, 1_000, 120_000]),
    seller: choice.pick(`${key}:seller`, SELLERS),
    // What rivals leave to their payer depends on the order, so they share their payer with nobody.
    payerId:
      kind === 'rivals' ? `payer_of_${key}` : `payer_${choice.int(`${key}:payer`, 1, PAYERS)}`,
  };
  return { index, kind, startMs: draft.startMs, ...plotOf(draft) };
}

type Plot = Pick<Story, 'invoices' | 'payments' | 'allocations' | 'poison'>;

function plotOf(draft: Draft): Plot {
  switch (draft.kind) {
    case 'single':
      return single(draft);
    case 'instalments':
      return instalments(draft);
    case 'rivals':
      return rivals(draft);
    case 'top_up':
      return topUp(draft);
    case 'stranger':
      return plot({ payments: [paymentOf(draft, { payerId: `stranger_of_${draft.key}` })] });
    case 'mistyped':
      return mistyped(draft);
    case 'other_currency':
      return otherCurrency(draft);
    case 'poison':
      return poison(draft);
    default:
      return draft.kind satisfies never;
  }
}

function plot(parts: Partial<Plot>): Plot {
  return { invoices: [], payments: [], allocations: [], poison: [], ...parts };
}

/** Paid exactly, too little or too much; sometimes the invoice is created after its payment. */
function single(draft: Draft): Plot {
  const { choice, key, startMs, paceMs } = draft;
  const total = choice.amount(`${key}:total`, 1_000_000n);
  const paid = choice.pick(`${key}:paid`, [total, total, total, total / 2n + 1n, total * 2n]);
  const payment = paymentOf(draft, { invoiceId: `inv_${key}`, amount: paid });
  const captured = payment.facts.at(-1)?.atMs ?? startMs;
  const atMs = choice.pick(`${key}:created`, [
    startMs,
    startMs,
    captured + choice.int(`${key}:meets`, 20, 90), // While the last message is being settled.
    captured + choice.int(`${key}:meets`, 20, 90),
    captured + choice.int(`${key}:meets`, 20, 90),
    captured + 10 * paceMs,
    startMs + 2 * DAY_MS,
  ]);
  return plot({ invoices: [invoiceOf(draft, { total, atMs })], payments: [payment] });
}

function instalments(draft: Draft): Plot {
  const { choice, key, startMs } = draft;
  const share = choice.amount(`${key}:share`, 300_000n);
  const count = choice.int(`${key}:count`, 2, 4);
  const invoice = invoiceOf(draft, { total: share * 4n, atMs: startMs });
  return plot({
    invoices: [invoice],
    payments: Array.from({ length: count }, (_, at) =>
      paymentOf(draft, { invoiceId: invoice.invoiceId, amount: share, suffix: `-${at}` }),
    ),
  });
}

function rivals(draft: Draft): Plot {
  const { choice, key, startMs } = draft;
  const total = choice.amount(`${key}:total`, 500_000n);
  const invoice = invoiceOf(draft, { total, atMs: startMs });
  const count = choice.int(`${key}:count`, 2, 3);
  return plot({
    invoices: [invoice],
    payments: Array.from({ length: count }, (_, at) =>
      paymentOf(draft, {
        invoiceId: invoice.invoiceId,
        amount: choice.pick(`${key}:pays${at}`, [total, total / 2n + 1n]),
        suffix: `-${at}`,
        mayReturn: false,
      }),
    ),
  });
}

/** The payer is known by an invoice that stands since before the run. */
function topUp(draft: Draft): Plot {
  return plot({
    invoices: [invoiceOf(draft, { total: 100_000n, atMs: undefined })],
    payments: [paymentOf(draft, { payerId: draft.payerId })],
  });
}

function mistyped(draft: Draft): Plot {
  const { choice, key, startMs } = draft;
  const invoice = invoiceOf(draft, {
    total: choice.amount(`${key}:total`, 800_000n),
    atMs: undefined,
  });
  const payment = paymentOf(draft, { invoiceId: `no_such_${key}` });
  const atMs = startMs + choice.int(`${key}:decides`, 1_000, DAY_MS);
  return plot({
    invoices: [invoice],
    payments: [payment],
    allocations: [{ payment, invoice, atMs }],
  });
}

function otherCurrency(draft: Draft): Plot {
  const { startMs } = draft;
  const invoice = invoiceOf(draft, { total: 50_000n, atMs: startMs, currency: 'EUR' });
  return plot({
    invoices: [invoice],
    payments: [paymentOf(draft, { invoiceId: invoice.invoiceId })],
  });
}

/** A body that cannot be read, and money without a currency: both are for the dead letters. */
function poison({ key, choice, seller }: Draft): Plot {
  const statement = {
    seller,
    gateway: 'stripe',
    paymentId: `${key}-nocurrency`,
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { captured: '100' },
    parts: [],
    test: false,
  };
  const body = choice.pick(`${key}:body`, [
    `not a command of ${key}`,
    JSON.stringify({
      command: 'payments.settle-payment.v1',
      statement,
      receivedAt: '2026-11-22T12:00:00.000Z',
    }),
  ]);
  return plot({ poison: [{ key: `${key}-poison`, body }] });
}

function invoiceOf(
  { key, seller, payerId }: Draft,
  options: { total: bigint; atMs: number | undefined; currency?: Currency },
): PlannedInvoice {
  return { seller, payerId, invoiceId: `inv_${key}`, currency: 'RUB', ...options };
}

function paymentOf(
  { choice, key, seller, startMs, paceMs }: Draft,
  options: {
    invoiceId?: string;
    payerId?: string;
    amount?: bigint;
    suffix?: string;
    mayReturn?: boolean;
  },
): PlannedPayment {
  const { invoiceId, payerId, suffix = '', mayReturn = true } = options;
  const own = `${key}${suffix}`;
  return {
    seller,
    gateway: choice.pick(`${own}:gateway`, GATEWAYS),
    paymentId: own,
    invoiceId,
    payerId,
    currency: 'RUB',
    facts: historyOf({
      choice,
      key: own,
      amount: options.amount ?? choice.amount(`${own}:amount`, 900_000n),
      startMs,
      paceMs,
      mayReturn,
    }),
  };
}
