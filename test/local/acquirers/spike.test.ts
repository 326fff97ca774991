import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawArrivals, poissonMoments } from '#local/acquirers/arrivals.ts';
import type { Delivery } from '#local/acquirers/delivery-engine.ts';
import { percentilesOf } from '#local/acquirers/percentiles.ts';
import type { Acquirers, PayRequest } from '#local/acquirers/server.ts';
import {
  type InvoiceOrder,
  runSpike,
  type SpikeOptions,
  type SpikeResult,
} from '#local/acquirers/spike.ts';
import type { ObservedInvoice, ObservedPayment } from '#local/acquirers/spike-report.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { NOON, seeded } from './world.ts';

type Fault = 'lost' | 'doubled' | 'paid_twice' | 'unacknowledged';

/** A product that settles after a known time, and makes the mistakes that a test plants. */
class FakeProduct {
  readonly clock = new VirtualClock(NOON);
  readonly orders: InvoiceOrder[] = [];
  readonly delivered: Delivery[] = [];
  readonly progress: string[] = [];
  /** By invoice id. */
  faults = new Map<string, Fault>();
  isRefused = false;
  #invoices = new Map<string, ObservedInvoice>();
  #payments = new Map<string, ObservedPayment>();

  /** How long settling takes: longer while many come. */
  settleMs = (): number => (this.clock.now() - NOON < 10_000 ? 100 : 150);

  readonly acquirers: Pick<Acquirers, 'pay' | 'deliveries' | 'scenariosOf'> = {
    scenariosOf: () => ['plain', 'declined'],
    deliveries: () => this.delivered,
    pay: async (request) => this.#pay(request),
  };

  async #pay({ gateway, invoiceId, amountMinor, currency, scenario }: PayRequest) {
    const paymentId = `p_${invoiceId}`;
    const isDeclined = scenario === 'declined';
    const capturedMinor = isDeclined || this.isRefused ? 0n : amountMinor;
    const paid = {
      gateway,
      seller: 'acme',
      paymentId,
      invoiceId,
      currency,
      outcome: this.isRefused
        ? ('refused' as const)
        : isDeclined
          ? ('declined' as const)
          : ('paid' as const),
      capturedMinor,
      settledMinor: capturedMinor,
    };
    if (!this.isRefused)
      this.#deliver(paid.paymentId, { gateway, invoiceId, amountMinor, currency }, capturedMinor);
    return paid;
  }

  #deliver(
    paymentId: string,
    {
      gateway,
      invoiceId,
      amountMinor,
      currency,
    }: Pick<Delivery, 'gateway' | 'invoiceId' | 'amountMinor' | 'currency'>,
    capturedMinor: bigint,
  ): void {
    const fault = this.faults.get(invoiceId);
    // Whole milliseconds, as the moments of an API are.
    const at = Math.floor(this.clock.now());
    const settleMs = this.settleMs();
    const seller = 'acme';
    const about = {
      gateway,
      seller,
      paymentId,
      invoiceId,
      name: 'paid',
      amountMinor,
      currency,
      copy: 1,
    };
    const end =
      fault === 'unacknowledged'
        ? { state: 'given_up' as const }
        : { state: 'acknowledged' as const, acknowledgedAt: at + 5 };
    this.delivered.push({ ...about, plannedAt: at, firstSentAt: at, attempts: 1, ...end });
    if (fault === 'lost' || fault === 'unacknowledged') return;
    const iso = (ms: number) => new Date(at + ms).toISOString();
    const times = {
      receivedAt: iso(2),
      queuedAt: iso(4),
      startedAt: iso(settleMs - 20),
      committedAt: iso(settleMs),
    };
    const settled = String(fault === 'doubled' ? capturedMinor * 2n : capturedMinor);
    const paid = String(fault === 'paid_twice' ? capturedMinor * 2n : BigInt(settled));
    this.clock.schedule(at + settleMs, () => {
      const payments = capturedMinor === 0n ? [] : [{ gateway, paymentId, settled }];
      this.#invoices.set(invoiceId, { status: 'paid', paid, payments, lastPayment: { times } });
      const published = { publishedAt: iso(settleMs + 10), deliveredAt: iso(settleMs + 30) };
      this.#payments.set(paymentId, { times: { ...times, ...published } });
    });
  }

  async run(overrides: Partial<SpikeOptions> = {}): Promise<SpikeResult> {
    const result = runSpike({
      gateways: ['tbank', 'yookassa'],
      basePerSecond: 10,
      peak: 5,
      secondsBefore: 10,
      secondsPeak: 10,
      scenarioMix: { plain: 1 },
      random: seeded(5),
      acquirers: this.acquirers,
      createInvoices: async (orders) => {
        this.orders.push(...orders);
        for (const { id } of orders)
          this.#invoices.set(id, { status: 'open', paid: '0', payments: [] });
      },
      observe: {
        invoice: async (id) => this.#invoices.get(id),
        payment: async (_, id) => this.#payments.get(id),
        unmatched: async () => 3,
        journal: async () => ({ balanced: true, entries: 42 }),
      },
      deadlineSeconds: 30,
      clock: this.clock,
      onProgress: ({ phase, done, total }) => {
        expect(done).toBeLessThanOrEqual(total);
        if (this.progress.at(-1) !== phase) this.progress.push(phase);
      },
      ...overrides,
    });
    let isDone = false;
    const end = result.finally(() => {
      isDone = true;
    });
    while (!isDone) await this.clock.advance(50);
    return end;
  }
}

/** Plants a fault into every so manieth invoice, as soon as they are known. */
function planting(product: FakeProduct, faults: readonly Fault[]): Partial<SpikeOptions> {
  return {
    createInvoices: async (orders) => {
      for (const [at, fault] of faults.entries()) {
        const order = orders[at * 7];
        if (order) product.faults.set(order.id, fault);
      }
    },
  };
}

describe('the spike', () => {
  it('finds everything paid at a product that loses nothing', async () => {
    const product = new FakeProduct();
    const result = await product.run();
    expect(result.payments).toBe(product.orders.length);
    expect(result).toMatchObject({
      sent: result.payments,
      acknowledged: result.payments,
      paid: result.payments,
      lost: 0,
      doubled: 0,
      pending: 0,
      refused: 0,
      unmatched: 3,
      journal: { balanced: true, entries: 42 },
      suspects: [],
      driverLagMs: 0,
    });
    expect(result.rate.base).toBeGreaterThan(7);
    expect(result.rate.peak / result.rate.base).toBeGreaterThan(3.5);
    expect(result.machine.cores).toBeGreaterThan(0);
    expect(product.progress).toEqual(['invoices', 'before', 'peak', 'drain', 'measure']);
  });

  it('tells each stage apart, before the peak and in it', async () => {
    const { reportedToPaid, endToEnd, stages } = await new FakeProduct().run();
    expect(reportedToPaid).toMatchObject({
      before: { p50: 100, p95: 100, p99: 100 },
      peak: { p50: 150, p95: 150, p99: 150 },
      ratioP95: 1.5,
    });
    // Publishing and consuming take the fake product another 30 ms.
    expect(endToEnd).toMatchObject({ before: { p95: 130 }, peak: { p95: 180 } });
    const medians = Object.entries(stages).map(([stage, { before, peak }]) => [
      stage,
      before?.p50,
      peak?.p50,
    ]);
    expect(medians).toEqual([
      ['acknowledge', 5, 5],
      ['deliver', 2, 2],
      ['accept', 2, 2],
      ['wait', 76, 126],
      ['settle', 20, 20],
      ['publish', 10, 10],
      ['consume', 20, 20],
    ]);
  });

  it('counts what was acknowledged and is not paid as lost, and what is paid too much as doubled', async () => {
    const product = new FakeProduct();
    const faults: Fault[] = ['lost', 'doubled', 'lost', 'paid_twice', 'unacknowledged'];
    const { createInvoices } = planting(product, faults);
    const result = await product.run({ ...(createInvoices && { createInvoices }) });
    expect(result).toMatchObject({ lost: 2, doubled: 2, pending: 1, paid: result.payments - 5 });
    expect(result.suspects.map(({ verdict }) => verdict).sort()).toEqual([
      'doubled',
      'doubled',
      'lost',
      'lost',
      'pending',
    ]);
    // What is lost is waited for until the deadline.
    expect(result.seconds).toBeGreaterThan(49);
  });

  it('expects nothing of declined payments, and counts refused ones apart', async () => {
    const declined = await new FakeProduct().run({ scenarioMix: { declined: 1 } });
    expect(declined).toMatchObject({ paid: 0, lost: 0, doubled: 0, pending: 0 });
    expect(declined.endToEnd.before).toBeUndefined();

    const product = new FakeProduct();
    product.isRefused = true;
    const refused = await product.run();
    expect(refused).toMatchObject({ refused: refused.payments, sent: 0, paid: 0, lost: 0 });
  });
});

describe('arrivals', () => {
  it('come at the rate that was asked for, with the gaps of a Poisson process', () => {
    const moments = poissonMoments(seeded(1), 100, 0, 100_000);
    expect(moments.length).toBeGreaterThan(9_700);
    expect(moments.length).toBeLessThan(10_300);
    const gaps = moments.map((at, index) => at - (moments[index - 1] ?? 0));
    // Of exponential gaps the share longer than the mean is 1/e.
    const long = gaps.filter((gap) => gap > 10).length / gaps.length;
    expect(long).toBeGreaterThan(0.35);
    expect(long).toBeLessThan(0.39);
  });

  it('keep to the scenarios that a gateway has, in the given mix', () => {
    const arrivals = drawArrivals({
      gateways: ['robokassa', 'stripe'],
      basePerSecond: 100,
      peak: 5,
      secondsBefore: 10,
      secondsPeak: 10,
      scenarioMix: { plain: 3, dispute_won: 1, lost: 0 },
      scenariosOf: (gateway) =>
        gateway === 'stripe' ? ['plain', 'dispute_won', 'lost'] : ['plain', 'lost'],
      random: seeded(2),
    });
    const disputes = arrivals.filter(({ scenario }) => scenario === 'dispute_won');
    expect(disputes.every(({ gateway }) => gateway === 'stripe')).toBe(true);
    const ofStripe = arrivals.filter(({ gateway }) => gateway === 'stripe').length;
    expect(disputes.length / ofStripe).toBeGreaterThan(0.22);
    expect(disputes.length / ofStripe).toBeLessThan(0.28);
    expect(arrivals.some(({ scenario }) => scenario === 'lost')).toBe(false);
    expect(arrivals.every(({ phase, offsetMs }) => (phase === 'peak') === offsetMs >= 10_000)).toBe(
      true,
    );
  });
});

describe('percentiles', () => {
  it('are values that were measured, at their nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(percentilesOf(samples)).toEqual({ count: 200, p50: 100, p95: 190, p99: 198 });
    expect(percentilesOf([7])).toEqual({ count: 1, p50: 7, p95: 7, p99: 7 });
    expect(percentilesOf([])).toBeUndefined();
  });

  // Goal: no percentile is off by one. Method: count, by definition, for any samples.
  it('have the right share of samples at or below them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 300 }),
        (samples) => {
          const found = percentilesOf(samples);
          for (const [share, value] of [
            [0.5, found?.p50],
            [0.95, found?.p95],
            [0.99, found?.p99],
          ] as const) {
            const atOrBelow = samples.filter((sample) => sample <= (value ?? Number.NaN)).length;
            const below = samples.filter((sample) => sample < (value ?? Number.NaN)).length;
            expect(atOrBelow).toBeGreaterThanOrEqual(Math.ceil(share * samples.length));
            expect(below).toBeLessThan(Math.ceil(share * samples.length));
          }
        },
      ),
    );
  });
});
