import type { BillingFacts } from '#shared/billing/domain/facts.ts';
import type { Charge, PlanVersion, PriceModel, Tier } from '#shared/catalogue/domain/plan.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Zone } from '#shared/kernel/zone.ts';
import { dayOf, OraclePeriods, textOf } from './calendar.ts';
import { fraction, lessBy, quotientOf } from './fraction.ts';
import { type Engine, PRODUCT } from './product.ts';

type Draft = NonNullable<ReturnType<Engine['documentFor']>>;
type Line = Draft['lines'][number];

/** Faults that billing systems have had, planted around the product: the comparison must see each. */
export const MUTANTS: Readonly<Record<string, Engine>> = {
  'a pause is charged': withFacts((facts) => ({ ...facts, pauses: [] })),
  'the day after a pause is free': withFacts((facts) => ({
    ...facts,
    pauses: facts.pauses.map((pause) => ({ ...pause, to: pause.to && moved(pause.to, 1) })),
  })),
  'the last day of a trial is charged': withFacts((facts) => ({
    ...facts,
    trialEnd: facts.trialEnd && moved(facts.trialEnd, -1),
  })),
  'the end is one day late': withFacts((facts) => ({
    ...facts,
    end: facts.end && moved(facts.end, 1),
  })),
  'a change counts from the next day': withFacts((facts) => ({
    ...facts,
    items: facts.items.map((item) => ({
      ...item,
      from: item.from === facts.cycle.anchor ? item.from : moved(item.from, 1),
      to: item.to && moved(item.to, 1),
    })),
  })),
  'a clamped period is its own denominator': {
    ...PRODUCT,
    billOf: (facts, bill) => PRODUCT.billOf(bill === 0 ? clamped(facts) : facts, bill),
  },
  'an anchor on the 31st becomes one on the 28th': withFacts(({ cycle, ...facts }) => {
    const isLate = cycle.unit === 'month' && cycle.alignment === 'anniversary';
    const anchor = cycle.anchor.replace(/(29|30|31)$/, '28') as LocalDate;
    return { ...facts, cycle: isLate ? { ...cycle, anchor } : cycle };
  }),
  'discounts come by arrival': withFacts((facts) => ({
    ...facts,
    discounts: facts.discounts.map((discount, priority) => ({ ...discount, priority })),
  })),
  'a fixed discount of a line comes last': withFacts((facts) => ({
    ...facts,
    discounts: facts.discounts.map((discount) => ({
      ...discount,
      level: discount.value.kind === 'fixed' && !discount.planIds ? 'bill' : discount.level,
    })),
  })),
  'a coupon lasts a bill too long': withFacts((facts) => ({
    ...facts,
    discounts: facts.discounts.map(({ lasts, ...discount }) => {
      const isCounted = typeof lasts === 'object' && 'bills' in lasts;
      return { ...discount, lasts: isCounted ? { bills: lasts.bills + 1 } : lasts };
    }),
  })),
  'an agreement ends with the plan': withFacts((facts) => ({
    ...facts,
    agreements: facts.agreements.filter(({ aim }) => aim.on === 'plan'),
  })),
  'of two agreements the smaller id wins': withFacts((facts) => ({
    ...facts,
    agreements: facts.agreements.map((one, _, all) => {
      const ids = all.map(({ agreementId }) => agreementId).sort();
      const rank = ids.indexOf(one.agreementId);
      return { ...one, agreementId: ids[ids.length - 1 - rank] ?? '' };
    }),
  })),
  'the upper bound belongs to the next tier': withPrices((price) =>
    'tiers' in price ? { ...price, tiers: price.tiers.map((tier) => lowered(tier)) } : price,
  ),
  'the floor of a volume price is forgotten': withPrices((price) =>
    price.model === 'volume' ? { ...price, floor: false } : price,
  ),
  'a begun package is charged in part': withPrices((price) =>
    price.model === 'package'
      ? {
          model: 'per_unit',
          unitAmount: quotientOf(price.amount, price.size),
          included: price.included,
        }
      : price,
  ),
  'an allowance is not prorated': withCharges((charge) =>
    charge.basis === 'usage' ? { ...charge, proration: 'none' } : charge,
  ),
  'the minimum counts the other sum': withPlans(({ minimum, ...plan }) => ({
    ...plan,
    minimum: minimum && {
      ...minimum,
      base: minimum.base === 'before_discounts' ? 'after_discounts' : 'before_discounts',
    },
  })),
  'days are those of Moscow': {
    ...PRODUCT,
    localDateAt: (at) => PRODUCT.localDateAt(at, 'Europe/Moscow' as Zone),
  },
  'late usage and backdated changes are forgotten': {
    ...PRODUCT,
    documentFor: (input) => PRODUCT.documentFor({ ...input, earlier: [] }),
  },
  'a repeated run bills again': {
    ...PRODUCT,
    documentFor: ({ billed, bill, ...input }) => {
      const others = billed.filter((line) => line.bill !== bill);
      return PRODUCT.documentFor({ ...input, bill, billed: others });
    },
  },
  'an upgrade credits the full price': {
    ...PRODUCT,
    documentFor: ({ billed, ...input }) => {
      const full = billed.map((line) => ({ ...line, amount: line.amount + line.amount / 31n }));
      return PRODUCT.documentFor({ ...input, billed: full });
    },
  },
  'VAT is that of the day of the bill': withLines((line, due) => {
    const isNew = due >= '2026-01-01' && line.vatRate.code === '20';
    return isNew ? { ...line, vatRate: { ...line.vatRate, code: '22' } } : line;
  }),
  'VAT is rounded by the other policy': {
    ...PRODUCT,
    documentFor: ({ policy, ...input }) =>
      PRODUCT.documentFor({ ...input, policy: policy === 'line' ? 'document' : 'line' }),
  },
  'VAT is rounded down': withLines((line) => {
    const percent = line.vatRate.percent;
    const [base, parts] =
      line.taxed === 'inclusive' ? [line.gross, 100n + percent] : [line.net, 100n];
    const vat = (base * percent) / parts;
    return line.taxed === 'inclusive'
      ? { ...line, vat, net: line.gross - vat }
      : { ...line, vat, gross: line.net + vat };
  }),
  'VAT is added to a price that contains it': withCharges((charge) => ({
    ...charge,
    taxed: 'exclusive',
  })),
  'the last of many lines loses a kopeck': {
    ...PRODUCT,
    documentFor: (input) => {
      const draft = PRODUCT.documentFor(input);
      if (!draft || draft.lines.length < 6) return draft;
      const lines = draft.lines.map((line, at) =>
        at === draft.lines.length - 1 ? { ...line, net: line.net - 1n } : line,
      );
      return { ...draft, lines };
    },
  },
  'a document of nothing is issued': {
    ...PRODUCT,
    documentFor: (input) => PRODUCT.documentFor({ ...input, zeroInvoices: 'issue' }),
  },
};

function withFacts(change: (facts: BillingFacts) => BillingFacts): Engine {
  return {
    ...PRODUCT,
    billOf: (facts, bill) => PRODUCT.billOf(change(facts), bill),
    documentFor: (input) => PRODUCT.documentFor({ ...input, facts: change(input.facts) }),
  };
}

function withPlans(change: (plan: PlanVersion) => PlanVersion): Engine {
  return withFacts((facts) => ({
    ...facts,
    items: facts.items.map((item) => ({ ...item, plan: change(item.plan) })),
  }));
}

function withCharges(change: (charge: Charge) => Charge): Engine {
  return withPlans((plan) => ({ ...plan, charges: plan.charges.map(change) }));
}

function withPrices(change: (price: PriceModel) => PriceModel): Engine {
  return withCharges((charge) => ({
    ...charge,
    prices: Object.fromEntries(
      Object.entries(charge.prices).map(([currency, price]) => [currency, change(price)]),
    ),
  }));
}

function withLines(change: (line: Line, due: string) => Line): Engine {
  return {
    ...PRODUCT,
    documentFor: (input) => {
      const draft = PRODUCT.documentFor(input);
      if (!draft) return undefined;
      const due = textOf(new OraclePeriods(input.facts.cycle).at(input.bill).start);
      return { ...draft, lines: draft.lines.map((line) => change(line, due)) };
    },
  };
}

/** The first period as if it were whole. */
function clamped({ cycle, ...facts }: BillingFacts): BillingFacts {
  const { start, end } = new OraclePeriods(cycle).at(0);
  const { anchor } = cycle;
  return {
    ...facts,
    cycle: { unit: 'day', count: end - start, anchor, alignment: 'anniversary' },
  };
}

/** A bound that a quantity has just not reached any more. */
function lowered(tier: Tier): Tier {
  if (tier.upTo === undefined) return tier;
  return { ...tier, upTo: lessBy(tier.upTo, fraction(1, 1000)) };
}

function moved(day: LocalDate, days: number): LocalDate {
  return textOf(dayOf(day) + days);
}
