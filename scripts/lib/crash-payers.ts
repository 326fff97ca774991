import { setTimeout as pause } from 'node:timers/promises';
import { type Arrival, drawArrivals } from '#local/acquirers/arrivals.ts';
import { GATEWAYS } from '#local/acquirers/payment.ts';
import type { ScenarioName } from '#local/acquirers/scenario.ts';
import type { Acquirers } from '#local/acquirers/server.ts';
import type { Attempt } from '#local/acquirers/spike-report.ts';
import type { OperatorClient } from './operator-client.ts';
import { DEMO_SELLER } from './world.ts';

export type Mix = Partial<Record<ScenarioName, number>>;

/** Duplicates above all: a doubled effect is what a crash between effect and deletion would leave. */
export const MIXED: Mix = {
  plain: 40,
  duplicates: 30,
  two_stage: 6,
  reordered: 6,
  partial_refund: 6,
  several_refunds: 4,
  refund_before_payment: 4,
  full_refund: 4,
};

/** A payment, and the round in which the payer came. */
export type CrashAttempt = Attempt & { readonly round: number };

type PayersOptions = {
  readonly acquirers: Acquirers;
  readonly operator: () => OperatorClient;
  readonly perSecond: number;
  readonly mix: Mix;
  /** How long arrivals are drawn ahead for; `stop` ends them sooner. */
  readonly seconds: number;
  readonly random: () => number;
  readonly round: () => number;
};

/** A page that did not load is loaded again after about this long. */
const AWAY_MS = 400;
/** CloudPayments asks the merchant before it charges; with the cloud away the payer tries again. */
const TRIES_MAX = 60;
/** More do not come at once: whoever finds the shop full stays away, or the repeats alone would fill it. */
const BUYING_MAX = 24;
const CURRENCY = 'RUB';

/**
 * People who buy and pay however the cloud is: an invoice is ordered until the API has confirmed
 * it, then it is paid at a gateway.
 */
export class CrashPayers {
  readonly attempts: CrashAttempt[] = [];
  readonly #options: PayersOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #failure: unknown;

  constructor(options: PayersOptions) {
    this.#options = options;
  }

  start(): void {
    const { perSecond, mix, seconds, random, acquirers } = this.#options;
    const arrivals = drawArrivals({
      gateways: GATEWAYS,
      basePerSecond: perSecond,
      peak: 1,
      secondsBefore: 0,
      secondsPeak: seconds,
      scenarioMix: mix,
      scenariosOf: (gateway) => acquirers.scenariosOf(gateway),
      random,
    });
    for (const [at, arrival] of arrivals.entries()) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#come(arrival, at);
      }, arrival.offsetMs);
      this.#timers.add(timer);
    }
  }

  /** Nobody comes any more; resolves when all who came have paid. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #come(arrival: Arrival, at: number): void {
    if (this.#underWay.size >= BUYING_MAX) return;
    const task = this.#buy(arrival, at).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#underWay.add(task);
    void task.finally(() => this.#underWay.delete(task));
  }

  async #buy(arrival: Arrival, at: number): Promise<void> {
    const { gateway, scenario, amountMinor } = arrival;
    const round = this.#options.round();
    const invoiceId = `crash_${at}`;
    const payerId = `payer_crash${String(at).padStart(6, '0')}`;
    await this.#orderInvoice(invoiceId, payerId, amountMinor);
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const wish = { gateway, scenario, invoiceId, payerId, amountMinor, currency: CURRENCY };
      const paid = await this.#options.acquirers.pay(wish);
      if (paid.outcome === 'refused') await this.#wait();
      else {
        this.attempts.push({ arrival, invoiceId, driverLagMs: 0, paid, deliveries: [], round });
        return;
      }
    }
    // The payer has left. Nothing was charged, so nothing is owed to the books.
  }

  /** The same order again and again is one invoice: its id is the payer's. */
  async #orderInvoice(id: string, payerId: string, amount: bigint): Promise<void> {
    const lines = [{ title: 'Evening course', amount: String(amount), vat: '22' }];
    const wanted = { seller: DEMO_SELLER, id, payerId, currency: CURRENCY, lines };
    for (;;) {
      const status = await this.#post('/v1/invoices', wanted);
      if (status === 200 || status === 201) return;
      if (status !== undefined && status < 500 && status !== 429)
        throw new Error(`creating invoice ${id} answered ${status}`);
      await this.#wait();
    }
  }

  #wait(): Promise<void> {
    return pause(AWAY_MS * (0.5 + this.#options.random()));
  }

  /** `undefined`: nobody answered. */
  async #post(path: string, body: unknown): Promise<number | undefined> {
    try {
      return (await this.#options.operator().post(path, body)).status;
    } catch {
      return undefined;
    }
  }
}
