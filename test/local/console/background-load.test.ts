import { describe, expect, it } from 'vitest';
import type { PayRequest } from '#local/acquirers/server.ts';
import { BackgroundLoad } from '#local/console/background-load.ts';
import type { NewInvoice } from '#local/console/operator-api.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { seededRandom } from '../sqs/test-host.ts';

const MINUTE = 60_000;

function evening(more: { parked?: number; create?: (order: NewInvoice) => Promise<void> } = {}) {
  const clock = new VirtualClock(0);
  const created = new Map<string, number>();
  const paid: (PayRequest & { atMs: number })[] = [];
  const logged: string[] = [];
  const load = new BackgroundLoad({
    clock,
    random: seededRandom(7),
    basePerSecond: 2,
    parked: () => more.parked ?? 3,
    log: (message) => logged.push(message),
    api: {
      async createInvoice(order) {
        await more.create?.(order);
        created.set(order.id, clock.now());
      },
    },
    acquirers: {
      scenariosOf: () => ['plain', 'duplicates', 'full_refund', 'late'],
      async pay(request) {
        paid.push({ ...request, atMs: clock.now() });
        return {
          gateway: request.gateway,
          seller: 'school',
          paymentId: `${paid.length}`,
          invoiceId: request.invoiceId,
          currency: request.currency,
          outcome: paid.length % 10 === 0 ? 'refused' : 'paid',
          capturedMinor: request.amountMinor,
          settledMinor: request.amountMinor,
        };
      },
    },
  });
  return { clock, load, created, paid, logged };
}

describe('the background load', () => {
  it('lets about two payers come each second, over all gateways, in mixed scenarios', async () => {
    const { clock, load, paid } = evening();
    load.start();
    await clock.advance(5 * MINUTE);
    expect(paid.length).toBeGreaterThan(480);
    expect(paid.length).toBeLessThan(700);
    expect(new Set(paid.map(({ gateway }) => gateway)).size).toBe(9);
    const scenarios = new Set(paid.map(({ scenario }) => scenario));
    expect(scenarios).toEqual(new Set(['plain', 'duplicates', 'late']));
    expect(load.view).toMatchObject({
      begun: paid.length,
      refused: Math.floor(paid.length / 10),
      skipped: 0,
    });
  });

  it('begins slowly, so that not all functions start at once', async () => {
    const { clock, load, paid } = evening();
    load.start();
    await clock.advance(5000);
    expect(paid.length).toBeLessThan(5);
  });

  it('makes each invoice before its payer comes', async () => {
    const { clock, load, paid, created } = evening();
    load.start();
    await clock.advance(MINUTE);
    const leads = paid.map(({ invoiceId, atMs }) => atMs - (created.get(invoiceId) ?? atMs));
    expect(Math.min(...leads)).toBeGreaterThan(400);
  });

  it('falls back to the usual evening after a minute of peak', async () => {
    const { clock, load, paid } = evening();
    load.start();
    await clock.advance(MINUTE);
    load.setFactor(20);
    expect(load.view).toMatchObject({ factor: 20, peakEndsAtMs: 2 * MINUTE });
    const before = paid.length;
    await clock.advance(MINUTE);
    const peak = paid.length - before;
    expect(peak).toBeGreaterThan(2000);
    expect(load.view).toMatchObject({ factor: 1, peakEndsAtMs: null });
    await clock.advance(2000);
    const atEnd = paid.length;
    await clock.advance(MINUTE);
    expect(paid.length - atEnd).toBeLessThan(200);
  });

  it('is not ended early by an older peak', async () => {
    const { clock, load } = evening();
    load.start();
    load.setFactor(5);
    await clock.advance(40_000);
    load.setFactor(20);
    await clock.advance(40_000);
    expect(load.view.factor).toBe(20);
  });

  it('lets nobody come while it is paused or stopped', async () => {
    const { clock, load, paid } = evening();
    load.start();
    load.setFactor(0);
    await clock.advance(2000);
    const paused = paid.length;
    await clock.advance(MINUTE);
    expect(paid.length).toBe(paused);
    load.setFactor(1);
    await clock.advance(MINUTE);
    expect(paid.length).toBeGreaterThan(paused);
    load.stop();
    const stopped = paid.length;
    await clock.advance(MINUTE);
    expect(paid.length).toBe(stopped);
  });

  it('sends a few payers without an invoice, so that the inbox has something to show', async () => {
    const empty = evening({ parked: 0 });
    empty.load.start();
    await empty.clock.advance(5 * MINUTE);
    const strays = ({ paid, created }: typeof empty) =>
      paid.filter(({ invoiceId }) => !created.has(invoiceId)).length;
    expect(strays(empty)).toBeGreaterThan(0);
    expect(strays(empty)).toBeLessThan(empty.paid.length / 20);
    const full = evening({ parked: 3 });
    full.load.start();
    await full.clock.advance(5 * MINUTE);
    expect(strays(full)).toBe(0);
  });

  it('counts payers whose invoice could not be made, and tells why once', async () => {
    const { clock, load, paid, logged } = evening({
      create: () => Promise.reject(new Error('the operator API answered 503')),
    });
    load.start();
    await clock.advance(MINUTE);
    expect(paid).toEqual([]);
    expect(load.view.skipped).toBeGreaterThan(60);
    expect(logged).toEqual(['background load: the operator API answered 503']);
  });

  it('does not pile up payers when the operator API hangs', async () => {
    let asked = 0;
    const { clock, load } = evening({
      create: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    load.start();
    load.setFactor(20);
    await clock.advance(MINUTE);
    expect(asked).toBe(400);
    expect(load.view.skipped).toBeGreaterThan(1200);
  });

  it('makes one payment at once when asked', async () => {
    const { load, paid, created } = evening();
    const invoiceId = await load.payNow('sber');
    expect(created.has(invoiceId)).toBe(true);
    expect(paid).toMatchObject([{ gateway: 'sber', invoiceId, scenario: 'plain' }]);
  });
});
