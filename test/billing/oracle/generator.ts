import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { type Day, dayOf, OraclePeriods, textOf, wallDay } from './calendar.ts';
import { fraction } from './fraction.ts';
import type { History, Step } from './history.ts';
import { drawPlans, METERS } from './plans.ts';
import { Random } from './random.ts';
import { AGREEMENT_IDS, DISCOUNT_IDS, drawAgreement, drawAim, drawDiscount } from './terms.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Clocks that change at midnight, by half an hour, or skip a day, and those of the Russian payers. */
const ZONES = [
  'Europe/Moscow',
  'Asia/Krasnoyarsk',
  'Asia/Kamchatka',
  'Europe/Kaliningrad',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'UTC',
] as const;

/** Days around which anchors lie: ends of months, leap days, the change of VAT, changes of clocks. */
const REMARKABLE = [
  '2024-01-31',
  '2024-02-29',
  '2024-10-31',
  '2024-12-31',
  '2025-03-30',
  '2025-11-30',
  '2025-12-31',
  '2026-01-01',
  '2026-03-29',
  '2026-07-11',
  '2026-10-25',
  '2027-12-31',
  '2028-02-29',
];

/** What a history is mostly about: faults hide where several things of one kind meet. */
const THEMES = ['anything', 'orders', 'discounts', 'agreements', 'usage', 'interruptions'] as const;

const DAYS_PER_UNIT = { day: 1, week: 7, month: 30, year: 365 } as const;
const ITEMS = ['main', 'Extra'];

export function historyOf(seed: number): History {
  return new Generator(seed).history();
}

class Generator {
  readonly #seed: number;
  readonly #random: Random;
  readonly #steps: Step[] = [];
  /** Days that something happened on, so that other things happen on them, too. */
  readonly #marks: Day[] = [];
  readonly #theme: (typeof THEMES)[number];
  #anchor: Day = 0;
  #plans: readonly PlanVersion[] = [];
  /** With a meter that nothing is charged for. */
  #meters: readonly string[] = [];
  #events = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#theme = this.#random.one(THEMES);
  }

  history(): History {
    const random = this.#random;
    const zone = random.one(ZONES);
    const nearDay =
      dayOf(random.one(REMARKABLE)) +
      (random.happens(0.35) ? random.whole(-1, 1) : random.whole(-25, 25));
    const startMs = nearDay * DAY_MS + this.#timeOfDay();
    const startedAt = new Date(startMs).toISOString();
    this.#anchor = wallDay(startedAt, zone);
    const currency = random.one(['RUB', 'RUB', 'RUB', 'EUR', 'JPY', 'KWD'] as const);
    const unit = random.one(['month', 'month', 'month', 'week', 'day', 'year'] as const);
    const count = random.one(
      { day: [1, 7, 10, 30], week: [1, 2, 4], month: [1, 1, 1, 2, 3, 6], year: [1, 1, 2] }[unit],
    );
    const alignment = random.one(['anniversary', 'calendar'] as const);
    this.#plans = drawPlans(random, currency);
    this.#meters = metersOf(this.#plans);
    const cycle = { unit, count, alignment };
    const periods = new OraclePeriods({ ...cycle, anchor: textOf(this.#anchor) });
    this.#marks.push(
      this.#anchor,
      dayOf('2026-01-01'),
      ...[1, 2, 3].map((at) => periods.at(at).start),
    );
    this.#begin();
    this.#goOn(startMs, DAYS_PER_UNIT[unit] * count);
    return {
      seed: this.#seed,
      zone,
      startedAt,
      currency,
      cycle,
      policy: random.one(['line', 'document'] as const),
      zeroInvoices: random.one(['skip', 'issue'] as const),
      looksBack: random.one([1, 3, 100, 100]),
      plans: this.#plans,
      steps: this.#steps,
    };
  }

  #begin(): void {
    const random = this.#random;
    const [item = ''] = ITEMS;
    this.#steps.push(
      this.#item(item, this.#anchor + (random.happens(0.15) ? random.whole(1, 20) : 0)),
    );
    if (random.happens(0.25)) this.#steps.push(this.#trial());
    if (random.happens(0.15)) this.#steps.push(this.#item('Extra', this.#anchor));
    if (random.happens(0.4)) this.#discounts();
    if (random.happens(0.2)) this.#agreements();
  }

  /** Runs, with what becomes known between them; now and then the runs fail for a while. */
  #goOn(startMs: number, periodDays: number): void {
    const random = this.#random;
    let at = startMs + (random.happens(0.5) ? 0 : random.whole(0, 30) * HOUR_MS);
    this.#run(at);
    const runs = random.whole(2, 5);
    for (let run = 0; run < runs; run += 1) {
      const isOutage = random.happens(0.25);
      const days = isOutage
        ? Math.min(periodDays * random.whole(2, 3), 800)
        : random.one([1, Math.ceil(periodDays / 3), periodDays, periodDays]);
      const next = at + days * DAY_MS + random.whole(-6, 6) * HOUR_MS;
      const changes = random.whole(0, 4);
      for (let change = 0; change < changes; change += 1) {
        this.#change(Math.floor(at / DAY_MS), Math.floor(next / DAY_MS));
      }
      at = next;
      this.#run(at);
    }
  }

  #run(at: number): void {
    this.#steps.push({ kind: 'run', at: new Date(at).toISOString() });
    // Runs stack up, and are repeated.
    if (this.#random.happens(0.15)) this.#run(at + this.#random.whole(0, 20) * HOUR_MS);
  }

  /** Something that becomes known between two days, about days before, between and after them. */
  #change(since: Day, until: Day): void {
    const random = this.#random;
    const day = this.#day(since - random.one([0, 15, 60]), until + random.one([0, 15, 40]));
    const about =
      this.#theme === 'anything' || random.happens(0.5) ? random.one(THEMES) : this.#theme;
    switch (about) {
      case 'orders':
        this.#steps.push(this.#item(random.happens(0.7) ? 'main' : 'Extra', day));
        return;
      case 'discounts':
        this.#discounts();
        return;
      case 'agreements':
        this.#agreements();
        return;
      case 'usage':
        this.#steps.push(...random.some(1, 6, () => this.#used(since, until)));
        return;
      case 'interruptions':
        this.#steps.push(this.#interruption(day));
        return;
      default:
        this.#steps.push(this.#withdrawal());
    }
  }

  /** A day of a span; often one on which something else happened. */
  #day(from: Day, to: Day): Day {
    const day = this.#random.happens(0.3)
      ? this.#random.one(this.#marks)
      : this.#random.whole(from, to);
    this.#marks.push(day);
    return day;
  }

  /** Mostly near the midnight of some zone. */
  #timeOfDay(): number {
    return this.#random.whole(0, 47) * (HOUR_MS / 2) + this.#random.one([-1, 0, 0, 1000]);
  }

  #item(itemId: string, day: Day): Step {
    const random = this.#random;
    return {
      kind: 'item',
      itemId,
      plan: random.whole(0, this.#plans.length - 1),
      units: BigInt(random.happens(0.1) ? 0 : random.whole(1, random.one([2, 14]))),
      from: textOf(day),
      to: random.happens(0.2) ? textOf(day + random.whole(0, 40)) : undefined,
    };
  }

  #interruption(day: Day): Step {
    const random = this.#random;
    if (random.happens(0.5)) return this.#pause(day);
    if (random.happens(0.4)) return this.#trial();
    return { kind: 'end', on: random.happens(0.3) ? undefined : textOf(day) };
  }

  #trial(): Step {
    const random = this.#random;
    const end = random.happens(0.15) ? undefined : textOf(this.#anchor + random.whole(0, 45));
    return { kind: 'trial', end };
  }

  #pause(day: Day): Step {
    const random = this.#random;
    const to = random.happens(0.15) ? undefined : textOf(day + random.whole(0, 25));
    return { kind: 'pause', pauseId: random.one(['p1', 'p2']), from: textOf(day), to };
  }

  /** Several at once, from one day on, so that their order matters. */
  #discounts(): void {
    const day = this.#day(this.#anchor - 5, this.#anchor + 60);
    const most = this.#theme === 'discounts' ? 4 : 2;
    this.#steps.push(
      ...this.#random.some(1, most, () => drawDiscount(this.#random, day, this.#marks)),
    );
  }

  #agreements(): void {
    const day = this.#day(this.#anchor - 5, this.#anchor + 60);
    const most = this.#theme === 'agreements' ? 3 : 1;
    const aim = drawAim(this.#random, this.#plans);
    this.#steps.push(
      ...this.#random.some(1, most, () => {
        const isSame = this.#random.happens(0.5);
        const other = drawAim(this.#random, this.#plans);
        return drawAgreement(this.#random, day, isSame ? aim : other, this.#marks);
      }),
    );
  }

  #withdrawal(): Step {
    const random = this.#random;
    return random.one<Step>([
      { kind: 'no pause', pauseId: random.one(['p1', 'p2']) },
      { kind: 'no agreement', agreementId: random.one(AGREEMENT_IDS) },
      { kind: 'no discount', discountId: random.one(DISCOUNT_IDS) },
      { kind: 'not used', eventId: `u${random.whole(1, Math.max(1, this.#events))}` },
    ]);
  }

  /** Also long after the day on which it was used. */
  #used(since: Day, until: Day): Step {
    const random = this.#random;
    this.#events += 1;
    const day = random.whole(since - random.one([0, 0, 40]), until);
    const event = {
      eventId: `u${this.#events}`,
      meter: random.one(this.#meters),
      itemId: random.happens(0.8) ? 'main' : random.one(ITEMS),
      at: new Date(day * DAY_MS + this.#timeOfDay()).toISOString(),
      quantity: fraction(random.whole(0, random.one([5, 12, 9000])), random.one([1, 1, 1, 2, 3])),
    };
    return { kind: 'used', event };
  }
}

function metersOf(plans: readonly PlanVersion[]): string[] {
  const quantities = plans.flatMap(({ charges }) => charges.map(({ quantity }) => quantity));
  const charged = quantities.flatMap((one) => (typeof one === 'object' ? [one.meter] : []));
  return [...charged, ...charged, ...METERS];
}
