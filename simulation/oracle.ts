import type { Fact } from './world/history.ts';
import { nameOf, type PlannedInvoice, type PlannedPayment, type Story } from './world/story.ts';

/** What must be true of a payment when everything has arrived. Minor units. */
export type ExpectedPayment = {
  readonly net: bigint;
  /** Held by the acquirer for open disputes; part of `net`. */
  readonly held: bigint;
  readonly lifecycle: string;
  /** Where the net stands; absent when that depends on who came first. */
  readonly stands?: {
    readonly settled: bigint;
    readonly prepaid: bigint;
    readonly parked: bigint;
    readonly parkReason?: string;
  };
};

export type ExpectedInvoice = { readonly total: bigint; readonly settled: bigint };

export type Expected = {
  /** By `<seller>/<gateway>:<id>`. */
  readonly payments: ReadonlyMap<string, ExpectedPayment>;
  /** By `<seller>/<invoice>`. */
  readonly invoices: ReadonlyMap<string, ExpectedInvoice>;
  /** By `<seller>/<payer> <currency>`, without the payers of rivals. */
  readonly prepayment: ReadonlyMap<string, bigint>;
  readonly poison: ReadonlySet<string>;
};

/**
 * Works out what must come of the stories, from what really happened at the gateways.
 *
 * It is written from the rules of the product and shares no code with it: not the join, not the
 * allocation, not the journal. It knows nothing of messages, faults or time.
 */
export function expect(stories: readonly Story[]): Expected {
  const payments = new Map<string, ExpectedPayment>();
  const invoices = new Map<string, ExpectedInvoice>();
  const prepayment = new Map<string, bigint>();
  for (const story of stories) {
    for (const payment of story.payments)
      payments.set(nameOf(payment), expectPayment(payment, story));
    for (const invoice of story.invoices)
      invoices.set(`${invoice.seller}/${invoice.invoiceId}`, expectInvoice(invoice, story));
    addPrepayment(prepayment, story);
  }
  const poison = new Set(stories.flatMap((story) => story.poison.map(({ body }) => body)));
  return { payments, invoices, prepayment, poison };
}

function expectPayment(payment: PlannedPayment, story: Story): ExpectedPayment {
  const { facts } = payment;
  const net = netOf(facts);
  const held = least(net, openDisputes(facts));
  const lifecycle = facts.at(-1)?.lifecycle ?? 'pending';
  if (story.kind === 'rivals') return { net, held, lifecycle };
  return { net, held, lifecycle, stands: standsAt(payment, net, story) };
}

/** What is left for us: received, less what was given back, less what was lost in disputes. */
export function netOf(facts: readonly Fact[]): bigint {
  const sum = (total: string) =>
    facts.reduce((all, fact) => (fact.total === total ? all + fact.amount : all), 0n);
  const received = atLeastZero(sum('captured') - sum('captureReversed'));
  const afterRefunds = atLeastZero(received - atLeastZero(sum('refunded') - sum('refundFailed')));
  return atLeastZero(afterRefunds - sum('disputeLost'));
}

function openDisputes(facts: readonly Fact[]): bigint {
  const closed = new Set(
    facts.flatMap(({ total, id }) =>
      total === 'disputeWon' || total === 'disputeLost' ? [id] : [],
    ),
  );
  return facts.reduce(
    (all, { total, id, amount }) => (total === 'disputed' && !closed.has(id) ? all + amount : all),
    0n,
  );
}

function standsAt(payment: PlannedPayment, net: bigint, story: Story) {
  const nowhere = { settled: 0n, prepaid: 0n, parked: 0n };
  if (net === 0n) return nowhere;
  if (story.kind === 'top_up') return { ...nowhere, prepaid: net };
  if (story.kind === 'stranger') return { ...nowhere, parked: net, parkReason: 'unknown_payer' };
  if (story.kind === 'other_currency')
    return { ...nowhere, parked: net, parkReason: 'currency_mismatch' };
  const invoice = invoiceFor(payment, story);
  if (!invoice) return { ...nowhere, parked: net, parkReason: 'unknown_invoice' };
  const settled = least(net, invoice.total);
  return { settled, prepaid: net - settled, parked: 0n };
}

/** Where an operator decides, their word counts; else the invoice that the payer named. */
function invoiceFor(payment: PlannedPayment, story: Story): PlannedInvoice | undefined {
  const decided = story.allocations.find((one) => one.payment === payment);
  if (decided) return decided.invoice;
  return story.invoices.find(({ invoiceId }) => invoiceId === payment.invoiceId);
}

function expectInvoice(invoice: PlannedInvoice, story: Story): ExpectedInvoice {
  const { total } = invoice;
  if (story.kind === 'other_currency') return { total, settled: 0n };
  const mine = story.payments.filter((payment) => invoiceFor(payment, story) === invoice);
  const paid = mine.reduce((sum, { facts }) => sum + netOf(facts), 0n);
  return { total, settled: least(total, paid) };
}

function addPrepayment(prepayment: Map<string, bigint>, story: Story): void {
  if (story.kind === 'rivals') return;
  for (const payment of story.payments) {
    const prepaid = standsAt(payment, netOf(payment.facts), story).prepaid;
    const payerId = invoiceFor(payment, story)?.payerId ?? payment.payerId;
    if (prepaid === 0n || payerId === undefined) continue;
    const key = `${payment.seller}/${payerId} ${payment.currency}`;
    prepayment.set(key, (prepayment.get(key) ?? 0n) + prepaid);
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
