import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '#shared/events/usecases/publish-changes.ts';
import { paidOf } from '#shared/invoices/domain/invoice.ts';
import { invoiceFromItem, paymentFromItem } from '#shared/ledger/adapters/items.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { Part, PaymentStatement, Total } from '#shared/payments/domain/statement.ts';
import type { SettleRequest } from '#shared/payments/usecases/settle-work.ts';
import { at, statement } from '#test/payments/builders.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';

// Goal: whatever happens on one evening, and in whatever order, money stands somewhere, once, and
// everybody who follows the ledger was told of it without a gap.
// Method: random statements of three payments in random batches, invoices that are created before,
// between and after them, an operator who allocates, workers that run at once, transactions that
// meet each other and answers that get lost. Then the queue brings what is open once more, as it
// would, and the whole ledger is verified against its journal.

const INVOICES = ['ord_1', 'ord_2'];
const PAYERS = ['payer_00000001', 'payer_00000002'];
const PAYMENTS = ['p1', 'p2', 'p3'];

const amount = fc.bigInt(0n, 700n);
const part: fc.Arbitrary<Part> = fc.record({
  total: fc.constantFrom<Total>(
    'refunded',
    'refundFailed',
    'disputed',
    'disputeWon',
    'disputeLost',
  ),
  id: fc.constantFrom('a', 'b'),
  amount: fc.bigInt(1n, 700n),
});
/** What a gateway says of a payment never contradicts itself: the references are fixed per payment. */
const referenceArb = fc.record({
  invoiceId: fc.constantFrom(...INVOICES, ...INVOICES, 'nowhere', undefined),
  payerId: fc.constantFrom(...PAYERS, ...PAYERS, 'payer_unknown1', undefined),
});
const told = fc.record({
  payment: fc.constantFrom(...PAYMENTS),
  totals: fc.record(
    { captured: amount, refunded: amount, captureReversed: amount },
    { requiredKeys: ['captured'] },
  ),
  parts: fc.array(part, { maxLength: 2 }),
  namesInvoice: fc.boolean(),
  namesPayer: fc.boolean(),
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      from: fc.nat(20),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      invoiceId: fc.constantFrom(...INVOICES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('allocate' as const),
      payment: fc.constantFrom(...PAYMENTS),
      invoiceId: fc.constantFrom(...INVOICES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('conflict' as const),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
);

const evening = fc.record({
  references: fc.tuple(referenceArb, referenceArb, referenceArb),
  told: fc.array(told, { minLength: 1, maxLength: 10 }),
  // The steps of one list run at once, the lists one after the other.
  turns: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
});
type Evening = typeof evening extends fc.Arbitrary<infer T> ? T : never;

function statementsOf({ references, told: all }: Evening): PaymentStatement[] {
  return all.map(({ payment, totals, parts, namesInvoice, namesPayer }) => {
    const { invoiceId, payerId } = references[PAYMENTS.indexOf(payment)]!;
    const { invoiceId: _, ...plain } = statement({
      paymentId: payment,
      totals,
      parts,
    } as Partial<PaymentStatement>);
    return {
      ...plain,
      ...(namesInvoice && invoiceId !== undefined && { invoiceId }),
      ...(namesPayer && payerId !== undefined && { payerId }),
    };
  });
}

/** What the queue still holds, and what whoever creates invoices will ask for again. */
type Open = { messages: Map<string, SettleRequest>; invoiceIds: Set<string> };

async function settle(lab: Lab, open: Open, messages: readonly SettleRequest[]): Promise<void> {
  for (const one of messages) open.messages.set(one.id, one);
  for (const { id, done } of await lab.settler()(messages)) {
    expect(done).not.toBe('poison');
    if (done !== 'retry') open.messages.delete(id);
  }
}

async function create(lab: Lab, open: Open, invoiceId: string): Promise<void> {
  open.invoiceIds.add(invoiceId);
  const payerId = PAYERS[INVOICES.indexOf(invoiceId)] ?? '';
  const lines = [{ title: 'Course', amount: 500n, vatCode: '22' as const }];
  await lab.createInvoice({ ...COURSE, invoiceId, payerId, lines });
  open.invoiceIds.delete(invoiceId);
}

type Step = Evening['turns'][number][number];

async function run(lab: Lab, open: Open, all: readonly PaymentStatement[], one: Step) {
  const { faults } = lab.engine;
  const operation = 'TransactWriteItems';
  switch (one.do) {
    case 'settle': {
      const from = one.from % all.length;
      const batch = all.slice(from, from + one.count).map((told) => message(lab, told));
      return settle(lab, open, batch);
    }
    case 'create':
      return create(lab, open, one.invoiceId).catch(() => {});
    case 'allocate': {
      const ref = { seller: 'school', gateway: 'tbank', paymentId: one.payment };
      return lab.allocate(ref, one.invoiceId, 'operator').catch(() => {});
    }
    case 'conflict':
      faults.push({ operation, kind: 'conflict', probability: 1, remaining: one.times });
      return;
    case 'lose':
      faults.push({ operation, kind: 'error_after', probability: 1, remaining: 1 });
  }
}

/** After every outage the queue brings what is open, and callers repeat what failed. Nothing else is told twice. */
async function comeAgain(lab: Lab, open: Open): Promise<void> {
  lab.engine.faults.length = 0;
  for (const invoiceId of open.invoiceIds) await create(lab, open, invoiceId);
  for (let round = 0; open.messages.size > 0 && round < 5; round++) {
    await settle(lab, open, [...open.messages.values()]);
  }
  expect([...open.messages.keys(), ...open.invoiceIds]).toEqual([]);
}

/**
 * Gateways tell what is left, and repeat everything. After the facts are known, one more time may use
 * the room that other payments gave back; from then on nothing changes.
 */
async function expectStable(lab: Lab, all: readonly PaymentStatement[]): Promise<void> {
  const deliver = () => lab.settler()(all.map((told) => message(lab, told)));
  await deliver();
  await deliver();
  const again = await deliver();
  expect(again.filter(({ done }) => done !== 'unchanged')).toEqual([]);
}

async function expectWhole(lab: Lab): Promise<void> {
  await lab.seal();
  const { payments, invoices } = await stored(lab);
  for (const payment of payments) expectConserved(payment);
  for (const invoice of invoices) expect(paidOf(invoice) <= invoice.total).toBe(true);
  const exists = new Set(invoices.map(({ invoiceId }) => invoiceId));
  const waiting = payments.filter(({ allocation }) => allocation.parkReason === 'unknown_invoice');
  expect(waiting.filter((payment) => exists.has(invoiceIdOf(payment) ?? ''))).toEqual([]);
  expect((await lab.verify()).faults).toEqual([]);
  expectDenseEvents(lab, [...payments, ...invoices]);
}

async function stored(lab: Lab) {
  const items = await scanTable(lab.ledger);
  const of = (kind: string) => items.filter((item) => item['kind']?.S === kind);
  return {
    payments: of('payment').map(paymentFromItem),
    invoices: of('invoice').map(invoiceFromItem),
  };
}

function expectConserved(payment: Payment): void {
  const { settled, prepaid, parked } = payment.allocation;
  expect(settled + prepaid + parked).toBe(standingOf(payment).net);
  expect(settled >= 0n && prepaid >= 0n && parked >= 0n).toBe(true);
}

/** Every object's events are numbered from one without a gap, as many as the object says. */
function expectDenseEvents(lab: Lab, objects: readonly { sequence: number }[]): void {
  const records = lab.engine.readStream('ledger', undefined, 10_000);
  const changes = records.flatMap(
    (record) => ledgerChangeOf(record as unknown as DynamoDBRecord) ?? [],
  );
  const events = changes.flatMap((change) => eventsOf(change, at(9)));
  const byObject = Map.groupBy(events, ({ detail }) => `${detail.object.kind} ${detail.object.id}`);
  for (const own of byObject.values()) {
    expect(own.map(({ detail }) => detail.sequence)).toEqual(own.map((_, index) => index + 1));
  }
  expect(events).toHaveLength(objects.reduce((sum, { sequence }) => sum + sequence, 0));
}

describe('any evening', () => {
  it('leaves a ledger in which nothing is lost, doubled, stuck or untold', async () => {
    await fc.assert(
      fc.asyncProperty(evening, async (one) => {
        const lab = await createLab();
        const all = statementsOf(one);
        const open: Open = { messages: new Map(), invoiceIds: new Set() };
        for (const turn of one.turns) {
          await Promise.all(turn.map((step) => run(lab, open, all, step)));
        }
        await comeAgain(lab, open);
        await expectWhole(lab);
        await expectStable(lab, all);
        await expectWhole(lab);
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
