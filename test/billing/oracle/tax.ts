import type { VatCategory } from '#shared/catalogue/domain/plan.ts';
import { type Fraction, fraction, rounded } from './fraction.ts';
import { divided } from './share-out.ts';

/** An amount with what its VAT follows from. `rate` is the code of a rate: `22`, `10`, `none`. */
export type Tax = {
  readonly amount: bigint;
  readonly vat: bigint;
  readonly rate: string;
  readonly taxed: 'inclusive' | 'exclusive';
};

/** The rate of a category on the day of supply. */
export function rateOf(category: VatCategory, day: string): string {
  switch (category) {
    case 'standard':
      return day <= '2025-12-31' ? '20' : '22';
    case 'reduced':
      return '10';
    case 'usn5':
      return day < '2025-01-01' ? 'none' : '5';
    case 'usn7':
      return day < '2025-01-01' ? 'none' : '7';
    case 'zero':
      return '0';
    case 'none':
      return 'none';
  }
}

function exactTax({ amount, rate, taxed }: Omit<Tax, 'vat'>): Fraction {
  const percent = rate === 'none' ? 0n : BigInt(rate);
  return taxed === 'inclusive'
    ? fraction(amount * percent, 100n + percent)
    : fraction(amount * percent, 100n);
}

/** Each line apart. */
export const taxByLine = (line: Omit<Tax, 'vat'>): bigint => rounded(exactTax(line));

/**
 * The VAT of the sum of the lines of one rate and price kind, divided over its lines. Lines above zero
 * share the rounded VAT of their own sum; the rest of the VAT belongs to the lines below zero.
 */
export function taxTogether<Line extends Tax>(lines: readonly Line[]): Line[] {
  const taxed = [...lines];
  for (const group of new Set(lines.map(groupOf))) {
    const members = [...lines.keys()].filter((at) => groupOf(lines[at]) === group);
    const amountOf = (at: number) => lines[at]?.amount ?? 0n;
    const above = members.filter((at) => amountOf(at) > 0n);
    const below = members.filter((at) => amountOf(at) < 0n);
    const sumOf = (some: readonly number[]) => some.reduce((sum, at) => sum + amountOf(at), 0n);
    const taxOf = (amount: bigint) => {
      const [line] = members.map((at) => lines[at]);
      return line ? taxByLine({ rate: line.rate, taxed: line.taxed, amount }) : 0n;
    };
    const sharedAbove = taxOf(sumOf(above));
    const sharedBelow = sharedAbove - taxOf(sumOf(members));
    const parts = new Map<number, bigint>();
    for (const [index, vat] of divided(sharedAbove, above.map(amountOf)).entries()) {
      parts.set(above[index] ?? -1, vat);
    }
    const sizes = below.map((at) => -amountOf(at));
    for (const [index, vat] of divided(sharedBelow, sizes).entries()) {
      parts.set(below[index] ?? -1, -vat);
    }
    for (const at of members) {
      const line = lines[at];
      if (line) taxed[at] = { ...line, vat: parts.get(at) ?? 0n };
    }
  }
  return taxed;
}

const groupOf = (line: Tax | undefined): string => `${line?.rate} ${line?.taxed}`;
