import type { Charge, Title } from '#shared/catalogue/domain/plan.ts';
import { addDays } from '#shared/kernel/local-date.ts';
import type { Ratio } from '#shared/kernel/ratio.ts';
import type { Span } from '#shared/subscriptions/domain/cycle.ts';
import { type BillLine, billOf } from './bill.ts';
import { difference, type Expression, input, minorOf, NOTHING } from './expression.ts';
import type { BillingFacts, RoundingPolicy } from './facts.ts';
import { type VatRate, vatOf, vatRateOn } from './tax.ts';
import { dividedVat } from './vat-of-document.ts';

/** What documents have billed for a line so far, with what is needed to take it back. */
export type Billed = {
  readonly key: string;
  readonly bill: number;
  /** As the line counts it: with VAT when its price is inclusive, without when it is exclusive. */
  readonly amount: bigint;
  readonly vat: bigint;
  readonly title: Title;
  readonly days: Span;
  readonly quantity: Ratio;
  /** Of the last document. A line that vanishes is taken back at the rate that it had. */
  readonly vatRate: VatRate;
  readonly taxed: Charge['taxed'];
};

/** The difference between what a line should be and what was billed for it. */
export type DocumentLine = {
  readonly key: string;
  readonly bill: number;
  readonly title: Title;
  readonly days: Span;
  /** Of the line as it should be, not of the difference. */
  readonly quantity: Ratio;
  readonly vatRate: VatRate;
  readonly taxed: Charge['taxed'];
  readonly net: bigint;
  readonly vat: bigint;
  readonly gross: bigint;
  /** Gives the gross amount of an inclusive price and the net amount of an exclusive one. */
  readonly amountDerivation: Expression;
  readonly vatDerivation: Expression;
};

export type DocumentDraft = {
  readonly kind: 'invoice' | 'credit_note';
  readonly bill: number;
  readonly policy: RoundingPolicy;
  /** Differences of the bill, then those of earlier bills. */
  readonly lines: readonly DocumentLine[];
  readonly net: bigint;
  readonly vat: bigint;
  readonly gross: bigint;
};

export type DocumentInput = {
  readonly facts: BillingFacts;
  readonly bill: number;
  readonly billed: readonly Billed[];
  readonly policy: RoundingPolicy;
  readonly zeroInvoices: 'skip' | 'issue';
  /** Bills that were issued before and may have changed since. */
  readonly earlier: readonly number[];
};

/** A line as it should be, without the history of its bill. */
type Target = Pick<Billed, 'key' | 'bill' | 'title' | 'days' | 'quantity' | 'vatRate' | 'taxed'> & {
  readonly amount: Expression;
};

/** A difference of amounts. Its VAT follows from the policy, for which the other lines may matter. */
export type Difference = {
  readonly target: Target;
  readonly billed: Billed | undefined;
  readonly amount: Expression;
};

/**
 * The document that brings what was billed to what should be billed; `undefined` when it already is.
 *
 * It saves nothing: called with the facts of a change that nobody has made yet, it is the preview of
 * that change. Only a draft that became a document belongs into `billed`.
 */
export function documentFor(request: DocumentInput): DocumentDraft | undefined {
  const { bill, policy, zeroInvoices } = request;
  const differences = billsOf(request).flatMap((number) => differencesOf(request, number));
  const vats = policy === 'line' ? differences.map(vatByLine) : dividedVat(differences);
  const lines = differences
    .map((difference, index) => documentLine(difference, vats[index] ?? NOTHING))
    .filter(({ net, vat }) => net !== 0n || vat !== 0n);
  if (lines.length === 0) return undefined;
  const [net, vat] = [total(lines, 'net'), total(lines, 'vat')];
  const gross = net + vat;
  if (gross === 0n && zeroInvoices === 'skip') return undefined;
  return { kind: gross < 0n ? 'credit_note' : 'invoice', bill, policy, lines, net, vat, gross };
}

/** What was billed once a draft has become a document. A line that was taken back whole is forgotten. */
export function addBilled(billed: readonly Billed[], { lines }: DocumentDraft): Billed[] {
  const byLine = new Map(billed.map((line) => [nameOf(line), line]));
  for (const line of lines) {
    const { key, bill, title, days, quantity, vatRate, taxed } = line;
    const before = byLine.get(nameOf(line));
    const amount = (before?.amount ?? 0n) + minorOf(line.amountDerivation);
    const vat = (before?.vat ?? 0n) + line.vat;
    const after = { key, bill, amount, vat, title, days, quantity, vatRate, taxed };
    if (amount === 0n && vat === 0n) byLine.delete(nameOf(line));
    else byLine.set(nameOf(line), after);
  }
  return [...byLine.values()];
}

/** The bill itself, then the earlier ones, oldest first. */
function billsOf({ bill, earlier }: DocumentInput): number[] {
  if (earlier.length === 0) return [bill];
  const others = new Set(earlier.filter((number) => number < bill));
  return [bill, ...[...others].sort((a, b) => a - b)];
}

/** In the order of keys; lines that vanished from the bill are among them, with a target of nothing. */
function differencesOf({ facts, billed }: DocumentInput, bill: number): Difference[] {
  const before = new Map<string, Billed>();
  for (const line of billed) if (line.bill === bill) before.set(line.key, line);
  const differences: Difference[] = [];
  for (const line of billOf(facts, bill).lines) {
    differences.push(differenceOf(targetOf(line, bill), before.get(line.key)));
    before.delete(line.key);
  }
  if (before.size === 0) return differences;
  const vanished = [...before.values()].map((line) =>
    differenceOf({ ...line, amount: NOTHING }, line),
  );
  return [...differences, ...vanished].sort((a, b) => (a.target.key < b.target.key ? -1 : 1));
}

function targetOf(line: BillLine, bill: number): Target {
  const { key, title, days, quantity, taxed, amount } = line;
  const vatRate = vatRateOn(line.vat, addDays(days.end, -1));
  return { key, bill, title, days, quantity: quantity.value, vatRate, taxed, amount };
}

function differenceOf(target: Target, billed: Billed | undefined): Difference {
  const amount = billed ? lessBilled(target.amount, billed.amount, billed) : target.amount;
  return { target, billed, amount };
}

/** The VAT that the line should have, less the VAT that it had. */
function vatByLine({ target, billed }: Difference): Expression {
  const amount = input('line_amount', target.amount.value, `line:${target.key}`);
  const vat = amount.value.num === 0n ? NOTHING : vatOf(amount, target.vatRate, target.taxed);
  return billed ? lessBilled(vat, billed.vat, billed) : vat;
}

function lessBilled(should: Expression, minor: bigint, { key }: Billed): Expression {
  return minor === 0n ? should : difference(should, input('billed_before', minor, `line:${key}`));
}

function documentLine({ target, amount }: Difference, vatDerivation: Expression): DocumentLine {
  const { key, bill, title, days, quantity, vatRate, taxed } = target;
  const vat = minorOf(vatDerivation);
  const net = taxed === 'inclusive' ? minorOf(amount) - vat : minorOf(amount);
  return {
    key,
    bill,
    title,
    days,
    quantity,
    vatRate,
    taxed,
    net,
    vat,
    gross: net + vat,
    amountDerivation: amount,
    vatDerivation,
  };
}

function total(lines: readonly DocumentLine[], of: 'net' | 'vat'): bigint {
  return lines.reduce((sum, line) => sum + line[of], 0n);
}

function nameOf({ bill, key }: Pick<Billed, 'bill' | 'key'>): string {
  return `${bill} ${key}`;
}
