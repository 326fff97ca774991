import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentOf } from '#local/cloud/assembly-host.ts';
import { type CloudWatchService, createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { readAssembly } from '#local/template/assembly.ts';
import { Deployment } from '#local/template/deployment.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import { createPublishChanges } from '#shared/events/usecases/publish-changes.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { invoiceToItem } from '#shared/ledger/adapters/items.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import { createWatchLedger, type WatchStore } from '#shared/ledger/usecases/watch-ledger.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import { nextInvoice, settlePayment } from '#shared/payments/domain/settle-group.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { createPaySyntheticInvoice } from '#shared/synthetic/pay-synthetic-invoice.ts';
import { openInvoice, statement } from '#test/payments/builders.ts';

const START = Date.UTC(2026, 10, 22, 18);
const SLOW_MS = 3000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let clock: VirtualClock;
let cloudWatch: CloudWatchService;
const now = (): Instant => instantFromMs(clock.now());
const after = (ms: number): Instant => instantFromMs(clock.now() + ms);
/** What a function prints goes to CloudWatch, as Lambda does it. */
const metrics = createMetrics((line) => cloudWatch.putEmf(JSON.parse(line), clock.now()));

beforeEach(async () => {
  clock = new VirtualClock(START);
  const stacks = readAssembly('cdk.out');
  const environment = environmentOf(stacks);
  cloudWatch = createCloudWatch({ ...environment, clock, random: () => 0.5, persist: () => {} });
  const deployment = new Deployment({
    ...environment,
    stacks,
    identities: new Map(),
    addresses: {
      queueUrl: (name, account) => `http://127.0.0.1/${account}/${name}`,
      apiUrl: (id) => `http://127.0.0.1/${id}`,
    },
  });
  const root = { principal: 'root' };
  for (const { ref, properties } of deployment.resources('AWS::CloudWatch::Alarm')) {
    await cloudWatch.call('PutMetricAlarm', { ...properties, AlarmName: ref }, root);
  }
  await clock.advance(MINUTE);
});

afterEach(() => {
  metrics.flush(now());
});

/** Alarms that fire, without the prefix of the stage. */
function firing(): string[] {
  return [...cloudWatch.alarmStates()]
    .filter(([, state]) => state === 'ALARM')
    .map(([name]) => name.replace(/^priliv-dev-/, ''));
}

const stages = () => firing().filter((name) => name.startsWith('Stage-'));

type Delays = Partial<
  Record<'receive' | 'queue' | 'reread' | 'settle' | 'publish' | 'deliver', number>
>;

/** One payment through the product's own measuring code, with a delay in one of its stages. */
async function payOnce(delays: Delays): Promise<void> {
  const receivedAt = now();
  const queuedAt = after(10 + (delays.receive ?? 0));
  const startedAt = instantFromMs(Date.parse(queuedAt) + 10 + (delays.queue ?? 0));
  const rereadMs = 10 + (delays.reread ?? 0);
  const committedAt = instantFromMs(Date.parse(startedAt) + rereadMs + 20);
  const settledAt = instantFromMs(Date.parse(committedAt) + (delays.settle ?? 0));
  const times = { reportedAt: receivedAt, receivedAt, queuedAt, startedAt, committedAt };
  const told = statement();
  const report = { kind: told.kind, at: receivedAt, reread: true };
  const open = openInvoice();
  const { result, invoice } = settlePayment(
    {
      stored: undefined,
      told: [{ statement: told, report, times }],
      payerIsKnown: true,
      bookedAt: committedAt,
    },
    open,
  );
  if (result.outcome !== 'changed' || !invoice) throw new Error('the payment must settle');
  const paid = nextInvoice(open, invoice);
  const settle = createSettleBatch({
    settle: async ([request]) => [
      {
        id: request?.id ?? '',
        done: 'settled',
        payment: result.after,
        invoice: paid,
        times,
        rereadMs,
        settledAt,
      },
    ],
    archive: { keyFor: () => 'key', store: async () => 'archived' },
    metrics,
    clock: now,
  });
  await settle([
    {
      id: 'm',
      queuedAt,
      body: settlePaymentToWire({ command: SETTLE_PAYMENT, statement: told, receivedAt }),
    },
  ]);

  const sentAt = instantFromMs(Date.parse(settledAt) + 50 + (delays.publish ?? 0));
  const moments = [settledAt, sentAt];
  const published: { name: string; detail: unknown }[] = [];
  const publish = createPublishChanges({
    send: async (events) => {
      published.push(...events);
      return [];
    },
    markTold: async () => undefined,
    metrics,
    clock: () => moments.shift() ?? sentAt,
  });
  await publish([
    {
      sequenceNumber: '1',
      kind: 'invoice',
      before: invoiceToItem(open),
      after: invoiceToItem(paid),
      writtenAt: settledAt,
    },
  ]);

  const deliveredAt = instantFromMs(Date.parse(sentAt) + 30 + (delays.deliver ?? 0));
  const update = createUpdateAccess({
    save: async () => 'saved',
    metrics,
    clock: () => deliveredAt,
  });
  for (const { name, detail } of published) {
    await update(JSON.stringify({ 'detail-type': name, time: sentAt, detail }));
  }
  metrics.flush(now());
}

async function payFor(ms: number, delays: Delays): Promise<void> {
  for (let elapsed = 0; elapsed < ms; elapsed += 2 * SECOND) {
    await payOnce(delays);
    await clock.advance(2 * SECOND);
  }
}

describe('the alarms of the template', () => {
  it('are silent while every stage keeps its time', async () => {
    await payFor(3 * MINUTE, {});
    expect(stages()).toEqual([]);
    expect(firing().filter((name) => name.startsWith('ReceivedTo'))).toEqual([]);
  });

  it.each(['receive', 'queue', 'reread', 'settle', 'publish', 'deliver'] as const)(
    'name the stage %s, and no other, within two minutes of its slowing down by three seconds',
    async (stage) => {
      await payFor(2 * MINUTE, {});
      await payFor(2 * MINUTE, { [stage]: SLOW_MS });
      expect(stages()).toEqual([`Stage-${stage}-Slow`]);
      await payFor(5 * MINUTE, {});
      expect(stages()).toEqual([]);
    },
  );

  it('say that the promise is broken when a slow stage makes payments late', async () => {
    await payFor(2 * MINUTE, { settle: SLOW_MS });
    expect(firing()).toContain('ReceivedToPaid-Slow');
  });

  it('call for a dead letter', async () => {
    metrics.add('DeadLettered', 1, 'Count');
    metrics.flush(now());
    await clock.advance(2 * MINUTE);
    const fired = cloudWatch.alarmHistory().filter(({ to }) => to === 'ALARM');
    expect(fired.map(({ alarmName }) => alarmName)).toContain('priliv-dev-Payments-DeadLettered');
  });

  it('call for a broken seal and for money that nobody matches', async () => {
    const broken: JournalStore = {
      head: async () => ({ number: 1, hash: 'x' }),
      records: async () => [],
      append: async () => 'stale',
      blocks: async (from) =>
        from > 1
          ? []
          : [{ number: 1, previous: 'not the genesis', sealedAt: now(), records: [], hash: 'x' }],
    };
    const watch: WatchStore = {
      checkpoint: async () => undefined,
      saveCheckpoint: async () => {},
      suspense: async () => ({ count: 40, oldest: after(-2 * 24 * 60 * MINUTE) }),
      unresolvedDeadLetters: async () => 0,
      storeRoot: async () => {},
    };
    const watchLedger = createWatchLedger({ journal: broken, watch, metrics, clock: now });
    for (let minute = 0; minute < 20; minute++) {
      await watchLedger();
      metrics.flush(now());
      await clock.advance(MINUTE);
      if (minute === 2) expect(firing()).toContain('Seal-Broken');
    }
    expect(firing()).toEqual(
      expect.arrayContaining(['Seal-Broken', 'Suspense-Growing', 'Suspense-Old']),
    );
  });

  it('call when a synthetic payment is not paid in time, and not while each one is', async () => {
    const open = openInvoice();
    let previous = { ...open, settled: new Map([['tbank:1', open.total]]), paidAt: open.createdAt };
    const pay = createPaySyntheticInvoice({
      store: {
        create: async () => 'created',
        read: async () => previous,
        lines: async () => [],
        waitingPayments: async () => [],
        listMonth: async () => ({ invoices: [], next: undefined }),
      },
      credentials: async () => ({ synthetic: { terminalKey: 'T', passwords: ['p'] } }),
      webhooksBaseUrl: 'http://127.0.0.1',
      fetch: async () => new Response('OK'),
      metrics,
      clock: now,
    });
    const runFor = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute++) {
        await pay();
        metrics.flush(now());
        await clock.advance(MINUTE);
      }
    };
    await runFor(6);
    expect(firing()).not.toContain('Synthetic-Unpaid');
    previous = { ...previous, settled: new Map() };
    await runFor(4);
    expect(firing()).toContain('Synthetic-Unpaid');
  });

  it('call when a scheduled job does not run', async () => {
    await clock.advance(15 * MINUTE);
    expect(firing()).toEqual(
      expect.arrayContaining(['WatchLedger-DidNotRun', 'PaySyntheticInvoice-DidNotRun']),
    );
  });
});
