import type { PriceModel } from '#shared/catalogue/domain/plan.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import { difference, type Expression, input, ONE, product } from './expression.ts';
import type { Agreement, ChargeRef } from './facts.ts';

/** The narrowest aim wins. */
const NARROWNESS = { charge: 2, plan: 1, everything: 0 } as const;

/** The agreements that aim at a charge on any day, the strongest first. */
export function agreementsFor(
  agreements: readonly Agreement[],
  { plan, charge }: Pick<ChargeRef, 'plan' | 'charge'>,
): readonly Agreement[] {
  if (agreements.length === 0) return agreements;
  return agreements
    .filter(({ aim }) => {
      if (aim.on === 'charge') return aim.chargeId === charge.chargeId;
      return aim.on === 'everything' || aim.planId === plan.planId;
    })
    .sort(strongerFirst);
}

export function agreementOn(
  strongestFirst: readonly Agreement[],
  day: LocalDate,
): Agreement | undefined {
  return strongestFirst.find(({ from, to }) => from <= day && (to === undefined || day < to));
}

/** The days on which another price may begin. */
export function daysOfChange(agreements: readonly Agreement[]): LocalDate[] {
  return agreements.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
}

export function agreedPrice(agreement: Agreement | undefined): PriceModel | undefined {
  return agreement?.terms.kind === 'price' ? agreement.terms.price : undefined;
}

/** Takes an agreed percentage off the exact amount, so that it is rounded once. */
export function lessAgreedPercent(exact: Expression, agreement: Agreement | undefined): Expression {
  if (agreement?.terms.kind !== 'percent_off') return exact;
  const percent = input(
    'agreed_percent',
    agreement.terms.percent,
    `agreement:${agreement.agreementId}`,
  );
  return product(exact, difference(ONE, percent));
}

function strongerFirst(a: Agreement, b: Agreement): number {
  const byAim = NARROWNESS[b.aim.on] - NARROWNESS[a.aim.on];
  if (byAim !== 0) return byAim;
  if (a.from !== b.from) return a.from < b.from ? 1 : -1;
  return a.agreementId < b.agreementId ? 1 : -1;
}
