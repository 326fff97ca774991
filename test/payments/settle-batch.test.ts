import { describe, expect, it } from 'vitest';
import type { RawArchive } from '#shared/payments/adapters/raw-archive.ts';
import {
  SETTLE_PAYMENT,
  type SealedRaw,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import type { SettleRequest } from '#shared/payments/usecases/settle-work.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { COURSE, createLab } from '#test/support/ledger-lab.ts';
import { at, statement, TIMES } from './builders.ts';

const RAW: SealedRaw = { sha256: 'a'.repeat(64), box: 'box', key: 'key' };

function message(id: string, paymentId: string, raw: SealedRaw | undefined = RAW) {
  const body = settlePaymentToWire({
    command: SETTLE_PAYMENT,
    statement: statement({ paymentId }),
    receivedAt: at(0),
    ...(raw && { raw }),
  });
  return { id, body, queuedAt: at(0) };
}

/** A batch over an archive that ends like this; what was settled, archived and counted is kept. */
function batch(
  outcome: Awaited<ReturnType<RawArchive['store']>>,
  settle?: Parameters<typeof createSettleBatch>[0]['settle'],
) {
  const lines: string[] = [];
  const metrics = createMetrics((line) => lines.push(line));
  const requests: SettleRequest[] = [];
  const archived: { key: string; raws: readonly SealedRaw[] }[] = [];
  const run = createSettleBatch({
    settle: async (given) => {
      requests.push(...given);
      return settle
        ? settle(given)
        : given.map(({ id }) => ({
            ...{ id, done: 'settled' as const, payment: undefined, invoice: undefined },
            ...{ times: TIMES, rereadMs: undefined, settledAt: at(1) },
          }));
    },
    archive: {
      keyFor: () => 'raw/the-key',
      store: async (key, raws) => {
        archived.push({ key, raws });
        return outcome;
      },
    },
    metrics,
    clock: () => at(1),
  });
  const counted = () => {
    metrics.flush(at(1));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  return { run, requests, archived, counted };
}

describe('a batch of messages', () => {
  it('is settled with the hash and the place of each raw request, which are archived together', async () => {
    const { run, requests, archived, counted } = batch('archived');
    const other = { ...RAW, sha256: 'b'.repeat(64) };
    const { raw: _, ...withoutRaw } = JSON.parse(message('m3', 'p3').body);
    const bare = { id: 'm3', body: JSON.stringify(withoutRaw), queuedAt: at(0) };
    const fates = await run([message('m1', 'p1'), message('m2', 'p2', other), bare]);
    expect(fates).toEqual(['m1', 'm2', 'm3'].map((id) => ({ id, fate: 'done' })));
    expect(archived).toEqual([{ key: 'raw/the-key', raws: [RAW, other] }]);
    expect(requests.map(({ sha256, archive }) => [sha256, archive])).toEqual([
      [RAW.sha256, 'raw/the-key'],
      [other.sha256, 'raw/the-key'],
      [undefined, undefined],
    ]);
    expect(counted().some((line) => 'ArchiveFailed' in line)).toBe(false);
  });

  it.each(['kept_aside', 'lost'] as const)(
    'does not wait for its archive: raw requests are %s, the money is settled, the loss is counted',
    async (outcome) => {
      const { run, counted } = batch(outcome);
      expect(await run([message('m1', 'p1')])).toEqual([{ id: 'm1', fate: 'done' }]);
      const failed = counted().filter((line) => 'ArchiveFailed' in line);
      expect(failed).toMatchObject([{ ArchiveFailed: [1], Outcome: outcome }]);
    },
  );

  it.each([
    ['is not JSON', 'ivanov@example.com', 'message unreadable: SyntaxError'],
    ['is another command', '{"command":"erase-everything"}', 'message unreadable: ZodError'],
    [
      'has an empty amount',
      message('x', 'p').body.replace('"490000"', '""'),
      'message unreadable: ZodError',
    ],
    [
      'has a float for an amount',
      message('x', 'p').body.replace('"490000"', '4900.5'),
      'message unreadable: ZodError',
    ],
    [
      'has a currency that is none',
      message('x', 'p').body.replace('"RUB"', '"constructor"'),
      'message unreadable: ZodError',
    ],
    [
      'has a day that is none',
      message('x', 'p').body.replace('2026-11-22', '2026-02-30'),
      'message unreadable: ZodError',
    ],
  ])(
    'loses nothing but the message that %s, which is dead with the reason',
    async (_, body, because) => {
      const { run, requests, archived } = batch('archived');
      const dead = { id: 'dead', body, queuedAt: at(0) };
      expect(await run([dead, message('m1', 'p1')])).toEqual([
        { id: 'dead', fate: 'dead', because },
        { id: 'm1', fate: 'done' },
      ]);
      expect(requests.map(({ id }) => id)).toEqual(['m1']);
      expect(archived[0]?.raws).toEqual([RAW]);
    },
  );

  it('says of each message what became of it, and counts it by gateway', async () => {
    const error = new Error('throttled');
    const { run, counted } = batch('archived', async () => [
      { id: 'm1', done: 'retry', because: 'Error', error },
      { id: 'm2', done: 'poison', because: 'payment.currency_conflict' },
      {
        ...{ id: 'm3', done: 'unchanged', payment: undefined, invoice: undefined },
        ...{ times: TIMES, rereadMs: undefined, settledAt: at(1) },
      },
    ]);
    const messages = ['m1', 'm2', 'm3'].map((id) => message(id, id));
    expect(await run(messages)).toEqual([
      { id: 'm1', fate: 'retry', because: 'Error', error },
      { id: 'm2', fate: 'dead', because: 'payment.currency_conflict' },
      { id: 'm3', fate: 'done' },
    ]);
    expect(counted()).toMatchObject([
      { Gateway: 'tbank', SettleRetried: [1], SettlePoisoned: [1], Repeated: [1] },
    ]);
  });

  it('measures every stage of a payment by name, on the ledger itself', async () => {
    const lab = await createLab();
    await lab.createInvoice(COURSE);
    const { run, counted } = batch('archived', lab.settler());
    await lab.virtual.advance(3000);
    const told = statement({ reportedAt: at(-2) });
    const body = settlePaymentToWire({
      ...{ command: SETTLE_PAYMENT, statement: told, receivedAt: at(0) },
    });
    await run([{ id: 'm1', body, queuedAt: at(1) }]);
    expect(counted()).toMatchObject([
      {
        Gateway: 'tbank',
        Settled: [1],
        StageReportedMs: [2000],
        StageReceiveMs: [1000],
        StageQueueMs: [2000],
        StageSettleMs: [0],
        ReceivedToPaidMs: [3000],
        ReportedToPaidMs: [5000],
      },
    ]);
  });
});
