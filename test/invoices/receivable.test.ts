import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { voidInvoice, writeOff } from '#shared/invoices/domain/amend-invoice.ts';
import { applyNote, type CreditNote } from '#shared/invoices/domain/credit-note.ts';
import { openDraft } from '#shared/invoices/domain/draft.ts';
import { finaliseCreditNote, finaliseInvoice } from '#shared/invoices/domain/finalise.ts';
import { creditedOf, dueOf, type Invoice, paidOf } from '#shared/invoices/domain/invoice.ts';
import { replaceInvoice } from '#shared/invoices/domain/replace-invoice.ts';
import { account, balancesOf, type JournalEntry } from '#shared/ledger/domain/journal.ts';
import { decideSettlement, invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import {
  isConflict,
  mergeStatement,
  unknownPayment,
} from '#shared/payments/domain/merge-statement.ts';
import { type Payment, paymentKey } from '#shared/payments/domain/payment.ts';
import { at, statement } from '#test/payments/builders.ts';
import { draft, line, TODAY } from './document-lab.ts';

const hash = (text: string) => text;
const NOW = at(0);

/** One payer's documents and payments. */
class World {
  invoices = new Map<string, Invoice>();
  notes = new Map<string, CreditNote>();
  payments = new Map<string, Payment>();
  #count = 0;

  put = (invoice: Invoice) => this.invoices.set(invoice.invoiceId, invoice);

  issue(amount: bigint, replaces?: string): Invoice {
    this.#count++;
    const id = `inv_${this.#count}`;
    const opened = openDraft(
      draft(id, { lines: [line(amount)], ...(replaces !== undefined && { replaces }) }),
      NOW,
    );
    if ('refused' in opened) throw new Error(opened.because);
    return finaliseInvoice(opened, { number: undefined, issuedOn: TODAY, now: NOW }, hash);
  }

  credit(amount: bigint) {
    this.#count++;
    const opened = openDraft(draft(`cn_${this.#count}`, { lines: [line(-amount)] }), NOW);
    if ('refused' in opened) throw new Error(opened.because);
    const bare = finaliseCreditNote(opened, { number: undefined, issuedOn: TODAY, now: NOW }, hash);
    const { note, invoices } = applyNote(bare, [...this.invoices.values()], NOW);
    this.notes.set(note.creditNoteId, note);
    invoices.forEach(this.put);
  }

  /** The payment says that so much was captured and refunded in all. */
  tell(invoiceId: string, captured: bigint, refunded: bigint) {
    const told = statement({
      invoiceId,
      paymentId: invoiceId,
      totals: { authorised: captured, captured, refunded },
    });
    const stored = this.payments.get(`tbank:${invoiceId}`);
    const merged = mergeStatement(stored ?? unknownPayment(told), told);
    if (isConflict(merged)) return;
    const invoice = this.invoices.get(invoiceIdOf(merged) ?? '');
    const decided = decideSettlement({
      stored,
      payment: merged,
      invoice,
      payerIsKnown: true,
      times: undefined,
      bookedAt: NOW,
    });
    this.payments.set(paymentKey(decided.payment), decided.payment);
    if (decided.invoice) this.put(decided.invoice);
  }

  amend(invoiceId: string, how: (invoice: Invoice) => Invoice | { refused: string }) {
    const changed = how(this.invoices.get(invoiceId)!);
    if (!('refused' in changed)) this.put(changed);
  }

  replace(invoiceId: string, amount: bigint) {
    const old = this.invoices.get(invoiceId)!;
    const replaced = replaceInvoice(
      {
        old,
        next: this.issue(amount, invoiceId),
        notes: [...(old.credited?.keys() ?? [])].map((id) => this.notes.get(id)!),
        payments: [...old.settled.keys()].map((key) => this.payments.get(key)!),
      },
      { at: NOW, because: 'wrong' },
    );
    if ('refused' in replaced) return;
    this.put(replaced.old);
    this.put(replaced.next);
    for (const note of replaced.notes) this.notes.set(note.creditNoteId, note);
    for (const payment of replaced.payments) this.payments.set(paymentKey(payment), payment);
  }

  check() {
    const all = [...this.invoices.values(), ...this.notes.values(), ...this.payments.values()];
    const entries: JournalEntry[] = all.flatMap((one) => [...one.entries]);
    for (const entry of entries)
      expect(entry.lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
    const ids = entries.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const balances = balancesOf(entries);
    const of = (name: string) => balances.get(name) ?? 0n;
    const invoices = [...this.invoices.values()];
    const live = invoices.filter(({ voided }) => !voided);
    const sum = (numbers: readonly bigint[]) => numbers.reduce((a, b) => a + b, 0n);
    const issued = sum(live.map(({ total }) => total));
    const credited = sum(live.map(creditedOf));
    const lost = sum(live.map(({ writtenOff = 0n }) => writtenOff));
    const paid = sum(live.map(paidOf));
    expect(of(account.receivable('school', 'payer_00000001'))).toBe(
      issued - credited - lost - paid,
    );
    expect(sum(invoices.map(dueOf))).toBe(issued - credited - lost - paid);
    for (const invoice of invoices) expect(dueOf(invoice) >= 0n).toBe(true);
    const prepaid = sum([
      ...[...this.notes.values()].map((note) => note.prepaid),
      ...[...this.payments.values()].map(({ allocation }) => allocation.prepaid),
    ]);
    expect(of(account.prepayment('school', 'payer_00000001'))).toBe(0n - prepaid);
    const notes = [...this.notes.values()];
    const vat = sum(live.map((invoice) => invoice.vat)) - sum(notes.map((note) => note.vat));
    expect(of(account.vat('school'))).toBe(0n - vat);
    expect(of(account.writeOff('school'))).toBe(lost);
  }
}

test('what comes back after a write-off is due again and can be written off again', () => {
  const world = new World();
  world.put(world.issue(1_000n));
  world.tell('inv_1', 600n, 0n);
  world.amend('inv_1', (invoice) => writeOff(invoice, NOW));
  world.tell('inv_1', 600n, 100n);
  expect(dueOf(world.invoices.get('inv_1')!)).toBe(100n);
  world.amend('inv_1', (invoice) => writeOff(invoice, NOW));
  expect(world.invoices.get('inv_1')).toMatchObject({ writtenOff: 500n });
  world.check();
});

const amount = fc.bigInt({ min: 1n, max: 100_000n });
const pick = fc.nat(4);
const step = fc.oneof(
  amount.map((a) => (world: World) => void world.put(world.issue(a))),
  amount.map((a) => (world: World) => world.credit(a)),
  fc.tuple(pick, amount, fc.nat(100)).map(([which, a, share]) => (world: World) => {
    const id = idAt(world, which);
    if (id) world.tell(id, a, (a * BigInt(share)) / 100n);
  }),
  pick.map((which) => (world: World) => {
    const id = idAt(world, which);
    if (id) world.amend(id, (invoice) => voidInvoice(invoice, { at: NOW, because: 'wrong' }));
  }),
  pick.map((which) => (world: World) => {
    const id = idAt(world, which);
    if (id) world.amend(id, (invoice) => writeOff(invoice, NOW));
  }),
  fc.tuple(pick, amount).map(([which, a]) => (world: World) => {
    const id = idAt(world, which);
    if (id) world.replace(id, a);
  }),
);

function idAt(world: World, which: number): string | undefined {
  const ids = [...world.invoices.keys()];
  return ids[which % Math.max(1, ids.length)];
}

describe('what a payer owes', () => {
  test('is what was issued less credited, paid and written off, after anything that happens', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const world = new World();
        for (const take of steps) {
          take(world);
          world.check();
        }
      }),
      { numRuns: 300 },
    );
  });
});
