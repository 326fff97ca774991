import type { Choice } from '../kernel/choice.ts';
import { contradiction } from './contradiction.ts';
import {
  amountOf,
  type Draft,
  invoiceOf,
  onWire,
  paymentOf,
  plot,
  refundingGateways,
} from './drafts.ts';
import { DEFAULT_WORLD, type World } from './settings.ts';
import type { Plot, Story, StoryKind } from './story.ts';

const DAY_MS = 86_400_000;
const PAYER_DIGITS = 8;

/** The story of an index is the same whatever other stories are told. */
export function storyOf(
  index: number,
  fromMs: number,
  spreadMs: number,
  choice: Choice,
  world: World = DEFAULT_WORLD,
): Story {
  const key = `story${index}`;
  const kind = choice.pick(`${key}:kind`, world.kinds);
  const draft: Draft = {
    index,
    kind,
    key,
    choice,
    world,
    startMs: fromMs + choice.int(`${key}:start`, 0, spreadMs),
    paceMs: choice.pick(`${key}:pace`, [30, 1_000, 120_000]),
    seller: choice.pick(`${key}:seller`, world.sellers),
    currency: choice.pick(`${key}:currency`, world.currencies),
    isOnWire: choice.chance(`${key}:wire`, world.wireShare),
    // What rivals leave to their payer depends on the order, so they share their payer with nobody.
    payerId:
      kind === 'rivals'
        ? `payer_of${key}`
        : `payer_${String(choice.int(`${key}:payer`, 1, world.payers)).padStart(PAYER_DIGITS, '0')}`,
  };
  const own = world.ownStories.find(({ name }) => name === kind);
  const told = own ? own.plot(draft) : plotOf(kind, draft);
  return { index, kind, startMs: draft.startMs, ...told };
}

const PLOTS: Readonly<Record<StoryKind, (draft: Draft) => Plot>> = {
  single,
  instalments,
  rivals,
  top_up: topUp,
  stranger: (draft) =>
    plot({ payments: [paymentOf(draft, { payerId: `stranger_of_${draft.key}` })] }),
  mistyped,
  other_currency: otherCurrency,
  returned,
  contradiction,
  poison,
};

function plotOf(kind: string, draft: Draft): Plot {
  const tell = Object.entries(PLOTS).find(([name]) => name === kind)?.[1];
  if (!tell) throw new Error(`nobody tells stories of the kind ${kind}`);
  return tell(draft);
}

/** Paid exactly, too little or too much; sometimes the invoice is created after its payment. */
function single(draft: Draft): Plot {
  const { choice, key, startMs, paceMs } = draft;
  const total = amountOf(draft, `${key}:total`, 1_000_000n);
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
  const share = amountOf(draft, `${key}:share`, 300_000n);
  const count = choice.int(`${key}:count`, 2, 4);
  const invoice = invoiceOf(draft, { total: share * 4n, atMs: startMs });
  return plot({
    invoices: [invoice],
    payments: Array.from({ length: count }, (_, at) =>
      paymentOf(draft, { invoiceId: invoice.invoiceId, amount: share, number: at + 1 }),
    ),
  });
}

function rivals(draft: Draft): Plot {
  const { choice, key, startMs } = draft;
  const total = amountOf(draft, `${key}:total`, 500_000n);
  const invoice = invoiceOf(draft, { total, atMs: startMs });
  const count = choice.int(`${key}:count`, 2, 3);
  return plot({
    invoices: [invoice],
    payments: Array.from({ length: count }, (_, at) =>
      paymentOf(draft, {
        invoiceId: invoice.invoiceId,
        amount: choice.pick(`${key}:pays${at}`, [total, total / 2n + 1n]),
        number: at + 1,
        mayReturn: false,
      }),
    ),
  });
}

/** The payer is known by an invoice that stands since before the run. */
function topUp(draft: Draft): Plot {
  return plot({
    invoices: [
      invoiceOf(draft, { total: amountOf(draft, `${draft.key}:total`, 100_000n), atMs: undefined }),
    ],
    payments: [paymentOf(draft, { payerId: draft.payerId })],
  });
}

function mistyped(draft: Draft): Plot {
  const { choice, key, startMs } = draft;
  const invoice = invoiceOf(draft, {
    total: amountOf(draft, `${key}:total`, 800_000n),
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
  const { startMs, currency: paid } = draft;
  const currency = paid === 'EUR' ? 'USD' : 'EUR';
  const total = amountOf(draft, `${draft.key}:total`, 50_000n);
  const invoice = invoiceOf(draft, { total, atMs: startMs, currency });
  return plot({
    invoices: [invoice],
    payments: [paymentOf(draft, { invoiceId: invoice.invoiceId })],
  });
}

/** An operator gives back in one to three steps, and does not always wait until there is something. */
function returned(draft: Draft): Plot {
  const { choice, key, startMs, paceMs } = draft;
  const total = amountOf(draft, `${key}:total`, 700_000n);
  const invoice = invoiceOf(draft, { total, atMs: startMs });
  const { invoiceId } = invoice;
  const [first, ...others] = refundingGateways(draft);
  if (!first) return single(draft);
  const options = { invoiceId, amount: total, mayReturn: false, isPlain: true };
  const payment = onWire(draft, options, [first, ...others]);
  const refunds = Array.from({ length: choice.int(`${key}:wishes`, 1, 3) }, (_, at) => ({
    payment,
    amount: choice.amount(`${key}:wish${at}`, total),
    idempotencyKey: `${key}-${at}`,
    atMs:
      startMs +
      choice.int(`${key}:wished${at}`, 1, choice.pick(`${key}:soon${at}`, [2 * paceMs, DAY_MS])),
  }));
  return plot({ invoices: [invoice], payments: [payment], refunds });
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
