import type { Agreement, BillingFacts } from '#shared/billing/domain/facts.ts';
import type { Charge, PlanVersion, PriceModel } from '#shared/catalogue/domain/plan.ts';
import { type Day, dayOf } from './calendar.ts';
import { type Fraction, fraction, lessBy, productOf } from './fraction.ts';

/** Days of a span without a last day are days for ever. */
export function isWithin(day: Day, { from, to }: { from: string; to: string | undefined }) {
  return dayOf(from) <= day && (to === undefined || day < dayOf(to));
}

function aimsAt({ aim }: Agreement, plan: PlanVersion, charge: Charge): boolean {
  if (aim.on === 'charge') return aim.chargeId === charge.chargeId;
  return aim.on === 'plan' ? aim.planId === plan.planId : true;
}

type Question = {
  readonly facts: BillingFacts;
  readonly span: { readonly plan: PlanVersion };
  readonly charge: Charge;
};

/** Days on which an agreement that aims at the charge begins or ends: pieces are cut there. */
export function cutsOf({ facts, span, charge }: Question): Day[] {
  return facts.agreements
    .filter((agreement) => aimsAt(agreement, span.plan, charge))
    .flatMap(({ from, to }) => [dayOf(from), ...(to === undefined ? [] : [dayOf(to)])]);
}

/** The exact amount under the agreement that wins on the first day of a piece. */
export function agreed(
  { facts, span, charge }: Question,
  price: PriceModel,
  day: Day,
  cost: (price: PriceModel) => Fraction,
): Fraction {
  const narrowness = { charge: 3, plan: 2, everything: 1 };
  const [winner] = facts.agreements
    .filter((one) => aimsAt(one, span.plan, charge) && isWithin(day, one))
    .toSorted(
      (a, b) =>
        narrowness[b.aim.on] - narrowness[a.aim.on] ||
        dayOf(b.from) - dayOf(a.from) ||
        (a.agreementId < b.agreementId ? 1 : -1),
    );
  if (winner === undefined) return cost(price);
  if (winner.terms.kind === 'price') return cost(winner.terms.price);
  return productOf(cost(price), lessBy(fraction(1), winner.terms.percent));
}
