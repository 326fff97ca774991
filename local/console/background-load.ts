import { type Arrival, drawArrivals } from '#local/acquirers/arrivals.ts';
import { randomHex } from '#local/acquirers/ids.ts';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import type { ScenarioName } from '#local/acquirers/scenario.ts';
import type { Acquirers } from '#local/acquirers/server.ts';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { NewInvoice, OperatorApi } from './operator-api.ts';
import type { LoadView } from './snapshot.ts';

export type LoadOptions = {
  readonly acquirers: Pick<Acquirers, 'pay' | 'scenariosOf'>;
  readonly api: Pick<OperatorApi, 'createInvoice'>;
  readonly clock: Clock;
  random(): number;
  readonly basePerSecond: number;
  /** How many payments wait for a match now: the load makes sure that there are a few to look at. */
  parked(): number;
  log(message: string): void;
};

export type PeakFactor = 0 | 1 | 5 | 20;

/** An evening: mostly people just pay, sometimes the notifications misbehave. */
const MIX: Readonly<Partial<Record<ScenarioName, number>>> = {
  plain: 64,
  duplicates: 12,
  two_stage: 8,
  partial_refund: 6,
  reordered: 5,
  late: 5,
};
const WINDOW_MS = 1000;
/** The evening begins slowly: environments start one after the other and not all at once. */
const RAMP_WINDOWS = 20;
/** An invoice is made this long before its payer comes. */
const AHEAD_MS = 500;
const PEAK_MS = 60_000;
const CURRENCY = 'RUB';
/** Beyond this the machine cannot follow; more would only pile up in memory. */
const MOST_INVOICES_UNDER_WAY = 400;
const STRAY_SHARE = 0.02;
const FEW_PARKED = 3;

/**
 * Payers who come at random moments, all evening long.
 *
 * An open loop: nobody waits for the system before the next one comes, so that a slow system shows
 * as delay and not as fewer payers.
 */
export class BackgroundLoad {
  readonly #options: LoadOptions;
  readonly #timers = new Set<Cancel>();
  #factor: PeakFactor = 1;
  #peakEndsAtMs: number | undefined;
  #endPeak: Cancel = () => {};
  #invoicesUnderWay = 0;
  #counts = { begun: 0, refused: 0, skipped: 0 };
  #lastFailure = '';
  #windows = 0;
  #isStopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get view(): LoadView {
    return {
      basePerSecond: this.#options.basePerSecond,
      factor: this.#factor,
      peakEndsAtMs: this.#peakEndsAtMs ?? null,
      ...this.#counts,
    };
  }

  start(): void {
    if (this.#isStopped) return;
    const startMs = this.#options.clock.now() + AHEAD_MS;
    this.#drawWindow(startMs);
  }

  /** A peak ends by itself; the usual rate and the pause stay. */
  setFactor(factor: PeakFactor): void {
    const { clock } = this.#options;
    this.#endPeak();
    this.#factor = factor;
    this.#peakEndsAtMs = factor > 1 ? clock.now() + PEAK_MS : undefined;
    if (this.#peakEndsAtMs === undefined) return;
    this.#endPeak = clock.schedule(this.#peakEndsAtMs, () => this.setFactor(1));
  }

  /** One payment by hand. Gives its invoice. */
  async payNow(gateway: GatewayName): Promise<string> {
    const { random } = this.#options;
    const amountMinor = BigInt(10_000 + Math.floor(random() * 990_000));
    const order = this.#newOrder(amountMinor);
    await this.#options.api.createInvoice(order);
    await this.#pay({ gateway, scenario: 'plain' }, order);
    return order.id;
  }

  stop(): void {
    this.#isStopped = true;
    this.#endPeak();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #drawWindow(startMs: number): void {
    for (const arrival of this.#arrivals()) this.#expect(arrival, startMs + arrival.offsetMs);
    this.#at(startMs - AHEAD_MS + WINDOW_MS, () => this.#drawWindow(startMs + WINDOW_MS));
  }

  /** Window by window, so that a new rate takes effect at once; exponential gaps do not mind. */
  #arrivals(): Arrival[] {
    const { acquirers, basePerSecond, random } = this.#options;
    if (this.#factor === 0) return [];
    this.#windows += 1;
    const ramp = Math.min(1, this.#windows / RAMP_WINDOWS);
    return drawArrivals({
      gateways: GATEWAYS,
      basePerSecond: basePerSecond * this.#factor * ramp,
      peak: 1,
      secondsBefore: WINDOW_MS / 1000,
      secondsPeak: 0,
      scenarioMix: MIX,
      scenariosOf: (gateway) => acquirers.scenariosOf(gateway),
      random,
    });
  }

  #expect(arrival: Arrival, dueMs: number): void {
    this.#at(dueMs - AHEAD_MS, () => {
      if (this.#invoicesUnderWay >= MOST_INVOICES_UNDER_WAY) {
        this.#counts.skipped += 1;
        return;
      }
      const order = this.#newOrder(arrival.amountMinor);
      void this.#settle(this.#prepare(order).then(() => this.#comeAt(dueMs, arrival, order)));
    });
  }

  /** Some payers name an order that nobody knows: their money has to stand in the inbox. */
  async #prepare(order: NewInvoice): Promise<void> {
    const { api, parked, random } = this.#options;
    if (parked() < FEW_PARKED && random() < STRAY_SHARE) return;
    this.#invoicesUnderWay += 1;
    try {
      await api.createInvoice(order);
    } finally {
      this.#invoicesUnderWay -= 1;
    }
  }

  #comeAt(dueMs: number, arrival: Arrival, order: NewInvoice): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#at(dueMs, () => this.#pay(arrival, order).then(resolve, reject));
    });
  }

  async #pay(
    { gateway, scenario }: Pick<Arrival, 'gateway' | 'scenario'>,
    { id: invoiceId, ...order }: NewInvoice,
  ): Promise<void> {
    this.#counts.begun += 1;
    const { outcome } = await this.#options.acquirers.pay({
      gateway,
      scenario,
      invoiceId,
      ...order,
    });
    if (outcome === 'refused') this.#counts.refused += 1;
  }

  /** A failure is told once, not for each payer of an evening. */
  async #settle(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#counts.skipped += 1;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#lastFailure && !this.#isStopped) {
        this.#options.log(`background load: ${message}`);
      }
      this.#lastFailure = message;
    }
  }

  #newOrder(amountMinor: bigint): NewInvoice {
    const { random } = this.#options;
    return {
      id: `evening_${randomHex(random, 16)}`,
      payerId: `payer_${randomHex(random, 16)}`,
      amountMinor,
      currency: CURRENCY,
    };
  }

  #at(atMs: number, task: () => void): void {
    if (this.#isStopped) return;
    const cancel = this.#options.clock.schedule(atMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
