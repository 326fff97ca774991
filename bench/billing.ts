/**
 * How many documents the billing engine computes per CPU-second: `node bench/billing.ts`.
 *
 * CPU time, not wall time, so that a busy machine changes the result as little as it can. The
 * calibration is work of a known amount: its speed tells machines, and moments of one, apart.
 */
import { cpus, loadavg } from 'node:os';
import { billOf } from '#shared/billing/domain/bill.ts';
import { addBilled, documentFor } from '#shared/billing/domain/document.ts';
import type { BillingFacts, Discount, RoundingPolicy } from '#shared/billing/domain/facts.ts';
import type { Charge, PlanVersion, PriceModel } from '#shared/catalogue/domain/plan.ts';
import { addDays, type LocalDate, localDate } from '#shared/kernel/local-date.ts';
import { ratio } from '#shared/kernel/ratio.ts';

const ROUNDS = 9;
const DOCUMENTS_PER_ROUND = 4000;
const CALIBRATION_STEPS = 300_000;
const START = localDate(2026, 7, 1);

const TITLE = { ru: 'Строка', en: 'Line' };

function charge(chargeId: string, price: PriceModel, overrides: Partial<Charge> = {}): Charge {
  return {
    chargeId,
    title: TITLE,
    basis: 'recurring',
    due: 'advance',
    quantity: 'one',
    proration: 'daily',
    prices: { RUB: price },
    vat: 'standard',
    taxed: 'inclusive',
    ...overrides,
  };
}

/** Five lines: two fees in advance, one in arrears, and two meters. */
function planOf(n: number): PlanVersion {
  const usage = { basis: 'usage', due: 'arrears', quantity: { meter: 'calls' } } as const;
  const tiers = [
    { upTo: ratio(100n), unitAmount: ratio(1000n), flatAmount: ratio(0n) },
    { upTo: undefined, unitAmount: ratio(1601n, 2n), flatAmount: ratio(0n) },
  ];
  const seat = { model: 'per_unit', unitAmount: ratio(49_900n), included: ratio(0n) } as const;
  return {
    planId: `plan-${n % 7}`,
    version: 1,
    title: TITLE,
    validFrom: START,
    existing: 'keep',
    charges: [
      charge('fee', { model: 'flat', amount: ratio(BigInt(299_000 + n)) }),
      charge('seats', seat, { quantity: 'units' }),
      charge('support', { model: 'flat', amount: ratio(99_999n) }, { due: 'arrears' }),
      charge('calls', { model: 'graduated', tiers }, usage),
      charge(
        'storage',
        { model: 'per_unit', unitAmount: ratio(7n, 3n), included: ratio(5n) },
        usage,
      ),
    ],
    minimum: undefined,
  };
}

const DISCOUNTS: readonly Discount[] = [
  {
    discountId: 'spring',
    level: 'bill',
    value: { kind: 'percent', percent: ratio(1n, 10n) },
    planIds: undefined,
    priority: 0,
    from: START,
    lasts: 'forever',
  },
];

function factsOf(n: number, discounts: readonly Discount[], changesOn?: LocalDate): BillingFacts {
  const item = { itemId: 'main', plan: planOf(n), units: BigInt(1 + (n % 9)) };
  return {
    subscriptionId: `sub-${n}`,
    currency: 'RUB',
    cycle: {
      unit: 'month',
      count: 1,
      anchor: addDays(START, n % 28),
      alignment: n % 2 === 0 ? 'anniversary' : 'calendar',
    },
    end: undefined,
    trialEnd: undefined,
    pauses: [],
    items: [
      { ...item, from: START, to: changesOn },
      ...(changesOn ? [{ ...item, plan: planOf(n + 1), from: changesOn, to: undefined }] : []),
    ],
    agreements: [],
    discounts,
    usage: () => ({ quantity: ratio(BigInt(1 + (n % 500)), 2n), events: 3n }),
  };
}

type Scenario = {
  readonly name: string;
  readonly run: (n: number) => number;
};

function renewal(discounts: readonly Discount[], policy: RoundingPolicy) {
  return (n: number): number => {
    const facts = factsOf(n, discounts);
    const draft = documentFor({ ...REQUEST, facts, bill: 1, policy });
    return draft?.lines.length ?? 0;
  };
}

const REQUEST = { billed: [], earlier: [], zeroInvoices: 'skip' } as const;

/** An upgrade in the past: two bills are looked at, and differences are billed. */
function backdated(n: number): number {
  const before = factsOf(n, []);
  const request = { ...REQUEST, policy: 'line', facts: before } as const;
  const first = documentFor({ ...request, bill: 1 });
  const billed = first ? addBilled([], first) : [];
  const facts = factsOf(n, [], addDays(before.cycle.anchor, 40));
  const second = documentFor({ ...request, facts, billed, bill: 2, earlier: [1] });
  return second?.lines.length ?? 0;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'bill of 5 lines', run: (n) => billOf(factsOf(n, []), 1).lines.length },
  { name: 'document of 5 lines', run: renewal([], 'line') },
  { name: 'the same, VAT by document', run: renewal([], 'document') },
  { name: 'the same, discount of the bill', run: renewal(DISCOUNTS, 'document') },
  { name: 'upgrade in the past (2 documents)', run: backdated },
];

function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Exact arithmetic on numbers of the size of amounts. */
function calibrate(): void {
  const steps = BigInt(CALIBRATION_STEPS);
  let sum = 0n;
  for (let n = 1n; n <= steps; n++) sum += ratio(n * 310_000n, 31n).num;
  if (sum !== 5000n * steps * (steps + 1n))
    throw new Error('the calibration computed something else');
}

/** Slowest, middle and fastest of the rounds. */
function spread(perSecond: readonly number[]): string {
  const sorted = perSecond.toSorted((a, b) => a - b);
  return [sorted.at(0), sorted.at(sorted.length >> 1), sorted.at(-1)]
    .map((value) =>
      Math.round(value ?? 0)
        .toLocaleString('en')
        .padStart(10),
    )
    .join(' ');
}

function measure({ name, run }: Scenario): void {
  const perSecond: number[] = [];
  let lines = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    lines = 0;
    const seconds = cpuSecondsOf(() => {
      for (let n = 0; n < DOCUMENTS_PER_ROUND; n++) lines += run(n);
    });
    // The first round warms up.
    if (round > 0) perSecond.push(DOCUMENTS_PER_ROUND / seconds);
  }
  const average = (lines / DOCUMENTS_PER_ROUND).toFixed(1);
  console.log(`${name.padEnd(36)} ${spread(perSecond)} ${average.padStart(6)}`);
}

const [cpu] = cpus();
const load = loadavg().map((value) => value.toFixed(1));
console.log(`${cpu?.model ?? 'unknown CPU'} x ${cpus().length}, load ${load.join(' ')}`);
console.log(
  `Node ${process.version}, V8 ${process.versions.v8}, ${process.platform}-${process.arch}`,
);
const calibrations = Array.from(
  { length: ROUNDS },
  () => CALIBRATION_STEPS / cpuSecondsOf(calibrate),
);
console.log(`\nPer CPU-second, ${ROUNDS} rounds${' '.repeat(16)}min     median        max  lines`);
console.log(`${'calibration steps'.padEnd(36)} ${spread(calibrations)}`);
for (const scenario of SCENARIOS) measure(scenario);
