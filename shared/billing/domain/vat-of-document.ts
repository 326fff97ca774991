import { negated, plus, type Ratio, ZERO } from '#shared/kernel/ratio.ts';
import type { Difference } from './document.ts';
import { difference, type Expression, input, shares } from './expression.ts';
import { vatOf } from './tax.ts';

type Member = { readonly index: number; readonly amount: Ratio };

/**
 * The VAT of lines when a document rounds it once for each rate and kind of price.
 *
 * Credits and charges on one document are divided apart: in proportion to amounts of both signs, a sum
 * near zero would give single lines a VAT far above their amounts.
 */
export function dividedVat(differences: readonly Difference[]): Expression[] {
  const vats: Expression[] = [];
  for (const group of groupsOf(differences)) {
    if (group.of.target.vatRate.percent === 0n) continue;
    const { vatRate, taxed } = group.of.target;
    const roundedVat = (members: readonly Member[]) =>
      vatOf(totalOf(members, `vat:${vatRate.code}`), vatRate, taxed);
    const charges = group.members.filter(({ amount }) => amount.num > 0n);
    const credits = group.members.filter(({ amount }) => amount.num < 0n);
    const all = roundedVat(group.members);
    if (charges.length === 0 || credits.length === 0) {
      divide(all, charges.length === 0 ? credits : charges, vats);
      continue;
    }
    const ofCharges = roundedVat(charges);
    divide(ofCharges, charges, vats);
    divide(difference(all, ofCharges), credits, vats);
  }
  return vats;
}

function groupsOf(differences: readonly Difference[]) {
  const groups = new Map<string, { readonly of: Difference; readonly members: Member[] }>();
  for (const [index, of] of differences.entries()) {
    const { vatRate, taxed } = of.target;
    const name = `${vatRate.code} ${taxed}`;
    const group = groups.get(name) ?? { of, members: [] };
    group.members.push({ index, amount: of.amount.value });
    groups.set(name, group);
  }
  return groups.values();
}

/** A single line is named by its amount, several by what they sum to. */
function totalOf(members: readonly Member[], source: string): Expression {
  const name = members.length === 1 ? 'line_amount' : 'lines_total';
  return input(name, members.map(({ amount }) => amount).reduce(plus, ZERO), source);
}

function divide(whole: Expression, members: readonly Member[], into: Expression[]): void {
  const [only] = members;
  if (only && members.length === 1) {
    into[only.index] = whole;
    return;
  }
  const weights = members.map(({ amount }) => (amount.num < 0n ? negated(amount) : amount));
  for (const [at, share] of (weights.length === 0 ? [] : shares(whole, weights)).entries()) {
    const member = members[at];
    if (member) into[member.index] = share;
  }
}
