import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueOf, type Invoice, statusOf } from '#shared/invoices/domain/invoice.ts';
import { balancesOf } from '#shared/ledger/domain/journal.ts';
import {
  isConflict,
  mergeStatement,
  unknownPayment,
} from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import { nextInvoice, settlePayment } from '#shared/payments/domain/settle-group.ts';
import type { Part, PaymentStatement, Total } from '#shared/payments/domain/statement.ts';
import { at, openInvoice, refunded, statement, TIMES } from './builders.ts';

type World = { payments: Map<string, Payment>; invoice: Invoice | undefined };

/** Settles one statement after the other, as separate deliveries. */
function deliver(world: World, told: PaymentStatement, payerIsKnown = false): World {
  const stored = world.payments.get(told.paymentId);
  const report = {
    kind: told.kind,
    at: at(0),
    sha256: JSON.stringify(told, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
    reread: false,
  };
  const { result, invoice } = settlePayment(
    { stored, told: [{ statement: told, report, times: TIMES }], payerIsKnown, bookedAt: at(1) },
    world.invoice,
  );
  if (result.outcome === 'conflict') throw new Error(result.conflict);
  const payments = new Map(world.payments);
  if (result.outcome === 'changed') payments.set(told.paymentId, result.after);
  return { payments, invoice: world.invoice && invoice && nextInvoice(world.invoice, invoice) };
}

function deliverAll(
  statements: readonly PaymentStatement[],
  invoice: Invoice | null = openInvoice(),
): World {
  return statements.reduce((world, told) => deliver(world, told), {
    payments: new Map(),
    invoice: invoice ?? undefined,
  } as World);
}

function only(world: World): Payment {
  return [...world.payments.values()][0]!;
}

function balances(world: World): Record<string, string> {
  const entries = [...world.payments.values()].flatMap((payment) => payment.entries);
  return Object.fromEntries(
    [...balancesOf(entries)].map(([name, amount]) => [name, String(amount)]),
  );
}

describe('settling a payment', () => {
  it('pays an invoice that the payment covers exactly', () => {
    const world = deliverAll([statement()]);
    expect(statusOf(world.invoice!)).toBe('paid');
    expect(world.invoice?.paidAt).toBe(at(1));
    expect(balances(world)).toEqual({
      'gateway:tbank': '490000',
      'receivable:school:payer_00000001': '-490000',
    });
  });

  it('books nothing for an authorisation, and nothing twice for a redelivery', () => {
    const authorised = statement({
      kind: 'payment.authorised',
      lifecycle: 'authorised',
      totals: { authorised: 490_000n },
    });
    expect(only(deliverAll([authorised])).entries).toEqual([]);
    const once = deliverAll([authorised, statement()]);
    const twice = deliverAll([authorised, statement(), statement(), authorised]);
    expect(only(twice)).toEqual(only(once));
    expect(twice.invoice).toEqual(once.invoice);
  });

  it('turns the surplus into prepayment', () => {
    const world = deliverAll([statement()], openInvoice({ total: 400_000n }));
    expect(only(world).allocation).toMatchObject({
      settled: 400_000n,
      prepaid: 90_000n,
      parked: 0n,
    });
    expect(balances(world)['prepayment:school:payer_00000001']).toBe('-90000');
  });

  it('keeps a partially paid invoice open by what is missing', () => {
    const world = deliverAll([statement()], openInvoice({ total: 500_000n }));
    expect(statusOf(world.invoice!)).toBe('partially_paid');
    expect(dueOf(world.invoice!)).toBe(10_000n);
  });

  it('parks a payment of an unknown invoice, of another currency, and a second payment', () => {
    expect(only(deliverAll([statement()], null)).allocation.parkReason).toBe('unknown_invoice');
    const euro = openInvoice({ currency: 'EUR' });
    expect(only(deliverAll([statement()], euro)).allocation.parkReason).toBe('currency_mismatch');
    const world = deliverAll([statement(), statement({ paymentId: 'second' })]);
    expect(world.payments.get('second')?.allocation).toMatchObject({
      parked: 490_000n,
      parkReason: 'second_payment',
    });
    expect(statusOf(world.invoice!)).toBe('paid');
    expect(balances(world)['suspense:unmatched:school']).toBe('-490000');
  });

  it('gives money without an invoice to a known payer, and parks an unknown payer', () => {
    const { invoiceId: _, ...topUp } = statement({ payerId: 'payer_00000009' });
    const known = deliver({ payments: new Map(), invoice: undefined }, topUp, true);
    expect(only(known).allocation).toMatchObject({ prepaid: 490_000n, payerId: 'payer_00000009' });
    const unknown = deliver({ payments: new Map(), invoice: undefined }, topUp, false);
    expect(only(unknown).allocation).toMatchObject({
      parked: 490_000n,
      parkReason: 'unknown_payer',
    });
  });

  it('waits with a refund that overtakes its payment', () => {
    const early = refunded(100_050n, { totals: { refunded: 100_050n } });
    const before = deliverAll([early]);
    expect(only(before).entries).toEqual([]);
    const after = deliver(before, statement());
    expect(standingOf(only(after)).net).toBe(389_950n);
    expect(balances(after)['gateway:tbank']).toBe('389950');
  });

  it('reopens a refunded invoice by exactly what was returned', () => {
    const world = deliverAll([statement(), refunded(100_050n), refunded(490_000n)]);
    expect(statusOf(world.invoice!)).toBe('open');
    expect(dueOf(world.invoice!)).toBe(490_000n);
    expect(balances(world)).toEqual({});
    expect(only(world).entries).toHaveLength(3);
  });

  it('never returns more than was received, and says so', () => {
    const world = deliverAll([statement(), refunded(600_000n)]);
    expect(standingOf(only(world))).toMatchObject({
      returned: 490_000n,
      net: 0n,
      overReturned: 110_000n,
    });
  });

  it('holds disputed money apart, gives it back when won and loses it when lost', () => {
    const dispute = (total: Total) =>
      statement({
        kind: 'dispute.opened',
        totals: {},
        parts: [{ total, id: 'dp_1', amount: 490_000n }],
      });
    const opened = deliverAll([statement(), dispute('disputed')]);
    expect(balances(opened)).toEqual({
      'disputes:tbank': '490000',
      'receivable:school:payer_00000001': '-490000',
    });
    expect(statusOf(opened.invoice!)).toBe('paid');
    const won = deliver(opened, dispute('disputeWon'));
    expect(balances(won)).toEqual({
      'gateway:tbank': '490000',
      'receivable:school:payer_00000001': '-490000',
    });
    const lost = deliver(opened, dispute('disputeLost'));
    expect(balances(lost)).toEqual({});
    expect(statusOf(lost.invoice!)).toBe('open');
  });

  it('does not deduct a refunded payment again when it is charged back', () => {
    const lost = statement({
      kind: 'dispute.lost',
      totals: {},
      parts: [{ total: 'disputeLost', id: 'dp_1', amount: 490_000n }],
    });
    for (const order of [
      [statement(), refunded(490_000n), lost],
      [statement(), lost, refunded(490_000n)],
    ]) {
      const world = deliverAll(order);
      expect(standingOf(only(world))).toMatchObject({
        returned: 490_000n,
        lost: 0n,
        net: 0n,
        overReturned: 490_000n,
      });
      expect(balances(world)).toEqual({});
    }
  });

  it('takes nothing from a message that must be re-read', () => {
    const untrusted = statement({ needsReread: 'unsigned' });
    expect(mergeStatement(unknownPayment(untrusted), untrusted)).toEqual(unknownPayment(untrusted));
  });

  it('refuses facts about one payment that cannot both be true', () => {
    const known = mergeStatement(unknownPayment(statement()), statement());
    if (isConflict(known)) throw new Error(known);
    expect(mergeStatement(known, statement({ currency: 'EUR' }))).toBe('payment.currency_conflict');
    expect(mergeStatement(known, statement({ invoiceId: 'other' }))).toBe(
      'payment.invoice_conflict',
    );
  });

  it('keeps an invoice that two payments share exact, whatever comes back', () => {
    const half = (paymentId: string) => statement({ paymentId, totals: { captured: 245_000n } });
    const world = deliverAll([
      half('a'),
      half('b'),
      refunded(45_000n, { paymentId: 'a', totals: { captured: 245_000n, refunded: 45_000n } }),
    ]);
    expect(dueOf(world.invoice!)).toBe(45_000n);
    expect([...world.invoice!.settled.values()]).toEqual([200_000n, 245_000n]);
  });
});

// Goal: the order, number and delay of messages never change where the money stands.
// Method: any set of statements of one payment, delivered one by one in any two orders with
// duplicates, against the same invoice.
describe('any order of deliveries', () => {
  const amount = fc.bigInt(0n, 600_000n);
  const part: fc.Arbitrary<Part> = fc.record({
    total: fc.constantFrom<Total>(
      'refunded',
      'refundFailed',
      'disputed',
      'disputeWon',
      'disputeLost',
    ),
    id: fc.constantFrom('a', 'b'),
    amount: fc.bigInt(1n, 600_000n),
  });
  const told = fc
    .record({
      totals: fc.record(
        { authorised: amount, captured: amount, refunded: amount, captureReversed: amount },
        { requiredKeys: [] },
      ),
      parts: fc.array(part, { maxLength: 2 }),
      lifecycle: fc.constantFrom<PaymentStatement['lifecycle']>(
        'pending',
        'authorised',
        'failed',
        'cancelled',
        'captured',
      ),
    })
    .map((facts) => statement(facts as Partial<PaymentStatement>));

  const shuffled = fc
    .array(told, { minLength: 1, maxLength: 6 })
    .chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
      ),
    );

  const stateOf = (world: World) => {
    const {
      reports: _,
      entries: __,
      version: ___,
      sequence: ____,
      times: _____,
      parkedAt: ______,
      ...facts
    } = only(world) ?? {};
    return { facts, balances: balances(world), due: world.invoice && dueOf(world.invoice) };
  };

  it('leaves one and the same state', () => {
    fc.assert(
      fc.property(shuffled, ([all, reordered, doubled]) => {
        const expected = stateOf(deliverAll(all));
        expect(stateOf(deliverAll(reordered))).toEqual(expected);
        expect(stateOf(deliverAll(doubled))).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it('keeps every entry balanced and conserves money', () => {
    fc.assert(
      fc.property(
        fc.array(told, { minLength: 1, maxLength: 6 }),
        fc.bigInt(1n, 700_000n),
        (all, total) => {
          const world = deliverAll(all, openInvoice({ total }));
          const payment = only(world);
          for (const entry of payment.entries) {
            expect(entry.lines.reduce((sum, line) => sum + line.amount, 0n)).toBe(0n);
          }
          const { settled, prepaid, parked } = payment.allocation;
          const { net, received, returned, lost } = standingOf(payment);
          expect(settled + prepaid + parked).toBe(net);
          expect(received).toBe(net + returned + lost);
          expect(settled <= total && settled >= 0n && prepaid >= 0n && parked >= 0n).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
