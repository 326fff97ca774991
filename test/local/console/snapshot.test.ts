import { describe, expect, it } from 'vitest';
import { createSnapshots, type SnapshotSources } from '#local/console/build-snapshot.ts';
import type { LoadView, RecordsView } from '#local/console/snapshot.ts';
import { START_MS } from '../sqs/test-host.ts';
import { fakeCloud, gatewayStats } from './fake-cloud.ts';

const SECOND = 1000;
const NO_RECORDS: RecordsView = { invoices: [], inbox: [], failure: null };
const NO_LOAD: LoadView = {
  basePerSecond: 2,
  factor: 1,
  peakEndsAtMs: null,
  begun: 0,
  refused: 0,
  skipped: 0,
};

/** A snapshot two minutes after the start of the fake cloud's time. */
async function look(world = fakeCloud(), more: Partial<SnapshotSources> = {}) {
  const snapshot = createSnapshots({
    cloud: world.cloud,
    gatewayStats: () => [gatewayStats('sber')],
    slowedUntilMs: () => undefined,
    load: () => NO_LOAD,
    records: () => NO_RECORDS,
    ...more,
  });
  return snapshot(NOW);
}
const NOW = START_MS + 120 * SECOND;

describe('a snapshot', () => {
  it('says that there is no data while no payment has come', async () => {
    const { stages, whole, timeline } = await look();
    expect(stages.map(({ name }) => name)).toEqual([
      'reported',
      'receive',
      'queue',
      'reread',
      'settle',
      'publish',
      'deliver',
    ]);
    expect(stages.every(({ all }) => all === null)).toBe(true);
    expect(whole.receivedToPaid).toBeNull();
    expect(timeline.paidP95Ms.every((value) => value === null)).toBe(true);
    expect(timeline.settledPerSecond).toEqual(Array.from({ length: 60 }, () => 0));
  });

  it('shows the percentiles of a stage over the last minute, in all and by gateway', async () => {
    const world = fakeCloud();
    for (let value = 1; value <= 100; value++) {
      world.measure('StageSettleMs', value <= 90 ? 'sber' : 'stripe', value, NOW - 30 * SECOND);
    }
    world.measure('StageSettleMs', 'sber', 9999, NOW - 61 * SECOND);
    const { stages } = await look(world);
    const settle = stages.find(({ name }) => name === 'settle');
    expect(settle?.all).toEqual({ count: 100, p50: 50, p95: 95, p99: 99 });
    expect(settle?.byGateway).toEqual({
      sber: { count: 90, p50: 45, p95: 86, p99: 90 },
      stripe: { count: 10, p50: 95, p95: 100, p99: 100 },
    });
  });

  it('counts payments per second in steps that are over', async () => {
    const world = fakeCloud();
    const now = NOW + 2 * SECOND;
    for (let count = 0; count < 10; count++) world.measure('Settled', 'sber', 1, NOW - 4 * SECOND);
    world.measure('Settled', 'sber', 1, NOW + SECOND);
    world.measure('Received', 'sber', 5, NOW - 9 * SECOND);
    const snapshot = createSnapshots({
      cloud: world.cloud,
      gatewayStats: () => [],
      slowedUntilMs: () => undefined,
      load: () => NO_LOAD,
      records: () => NO_RECORDS,
    });
    const { timeline } = await snapshot(now);
    expect(timeline.endMs).toBe(NOW);
    expect(timeline.settledPerSecond.slice(-2)).toEqual([0, 2]);
    expect(timeline.receivedPerSecond.slice(-2)).toEqual([1, 0]);
  });

  it('shows what a gateway settled, how long it took, and what it still has to deliver', async () => {
    const world = fakeCloud();
    world.measure('Settled', 'sber', 1, NOW - SECOND);
    world.measure('Settled', 'sber', 1, NOW - SECOND);
    world.measure('Settled', 'stripe', 1, NOW - SECOND);
    world.measure('ReceivedToPaidMs', 'sber', 240.4, NOW - SECOND);
    const stats = [gatewayStats('sber', { isOut: true, waiting: 7 }), gatewayStats('stripe')];
    const { gateways } = await look(world, { gatewayStats: () => stats });
    expect(gateways).toMatchObject([
      {
        name: 'sber',
        isOut: true,
        waiting: 7,
        settledLastMinute: 2,
        receivedToPaid: { count: 1, p50: 240, p95: 240, p99: 240 },
      },
      { name: 'stripe', isOut: false, waiting: 0, settledLastMinute: 1, receivedToPaid: null },
    ]);
  });

  it('names queues and functions as the template does, and sets those for failures apart', async () => {
    const world = fakeCloud();
    world.queue('PaymentsInboxDeadLetters98E655FE', { visible: 1 });
    world.queue('PaymentsInboxQueue6065EFB7', { visible: 3, inFlight: 2, oldestAgeMs: 1500 });
    world.function('WebhooksReceiveWebhooktbankHandlerE02B7DBB', { invocations: 1 });
    world.function('PaymentsSettlePaymentsFunctionHandler399F500A', {
      environments: 3,
      idle: 1,
      invocations: 9,
      throttles: 4,
    });
    const { queues, functions } = await look(world);
    expect(queues).toMatchObject([
      { name: 'PaymentsInbox', isForFailures: false, visible: 3, inFlight: 2, oldestAgeMs: 1500 },
      { name: 'PaymentsInboxDeadLetters', isForFailures: true, visible: 1 },
    ]);
    expect(functions).toMatchObject([
      { name: 'PaymentsSettlePayments', environments: 3, running: 2, throttles: 4 },
      { name: 'WebhooksReceiveWebhooktbank', running: 0 },
    ]);
  });

  it('shows firing alarms with the stage that they accuse and what payers lose', async () => {
    const world = fakeCloud();
    await world.alarm('priliv-dev-Stage-settle-Slow', 'Writing is slow.', 'ALARM');
    await world.alarm('priliv-dev-SettlePayments-Delayed', 'Payments wait.', 'OK');
    const { alarms } = await look(world);
    expect(alarms.total).toBe(2);
    expect(alarms.firing).toEqual([
      {
        name: 'priliv-dev-Stage-settle-Slow',
        stage: 'settle',
        impact: 'Writing is slow.',
        reason: 'told so',
        sinceMs: START_MS,
      },
    ]);
    expect(alarms.history).toEqual([
      { name: 'priliv-dev-Stage-settle-Slow', isFiring: true, atMs: START_MS },
    ]);
  });

  it('tells which stage is slowed by hand, and which cannot be', async () => {
    const { stages } = await look(fakeCloud(), {
      slowedUntilMs: (stage) => (stage === 'queue' ? NOW + SECOND : undefined),
    });
    const by = new Map(stages.map((stage) => [stage.name, stage]));
    expect(by.get('queue')).toMatchObject({ slowedUntilMs: NOW + SECOND, canBeSlowed: true });
    expect(by.get('settle')).toMatchObject({ slowedUntilMs: null, canBeSlowed: true });
    expect(by.get('reported')?.canBeSlowed).toBe(false);
  });

  it('shows the newest problem first', async () => {
    const world = fakeCloud();
    world.problems.push('older', 'newer');
    expect((await look(world)).problems).toEqual(['newer', 'older']);
  });
});
