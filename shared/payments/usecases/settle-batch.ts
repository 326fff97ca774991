import { statusOf } from '#shared/invoices/domain/invoice.ts';
import { type Clock, elapsedMs, type Instant } from '#shared/kernel/time.ts';
import type { RawArchive } from '#shared/payments/adapters/raw-archive.ts';
import {
  type SettlePaymentCommand,
  settlePaymentFromWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { SettleRequest, SettleResult } from './settle-work.ts';

/**
 * No request lives this long: what was queued later after it was received is a message that an
 * operator has put back, and the time between is no stage.
 */
const REQUEST_LIFE_MS = 60_000;

/** A message as the queue gave it. */
export type QueueMessage = {
  readonly id: string;
  readonly body: string;
  readonly queuedAt: Instant;
  /** When a worker took it for the first time. What follows until it is settled is not waiting in the queue. */
  readonly takenAt?: Instant;
  /** How often the queue has given it so far, this time included. */
  readonly receives?: number;
};

/** What becomes of a message. */
export type MessageFate =
  | { readonly id: string; readonly fate: 'done' }
  | {
      readonly id: string;
      readonly fate: 'retry';
      readonly because: string;
      readonly error?: unknown;
    }
  | { readonly id: string; readonly fate: 'dead'; readonly because: string };

export type SettleBatchDeps = {
  readonly settle: (requests: readonly SettleRequest[]) => Promise<SettleResult[]>;
  readonly archive: RawArchive;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

type Parsed = { readonly message: QueueMessage; readonly command: SettlePaymentCommand };

/** Settles a batch of queue messages and says of each one whether it is done, comes again, or is dead. */
export function createSettleBatch({ settle, archive, metrics, clock }: SettleBatchDeps) {
  return async (messages: readonly QueueMessage[]): Promise<MessageFate[]> => {
    const now = clock();
    const { parsed, fates } = parseAll(messages);
    const archiveKey = archive.keyFor(now);
    const raws = parsed.flatMap(({ command }) => (command.raw ? [command.raw] : []));
    const [results, kept] = await Promise.all([
      settle(parsed.map((one) => requestOf(one, archiveKey))),
      archive.store(archiveKey, raws, now),
    ]);
    if (kept !== 'archived') metrics.add('ArchiveFailed', 1, 'Count', { Outcome: kept });
    for (const result of results) measure(metrics, result, parsed);
    return [...fates, ...results.map(fateOf)];
  };
}

function parseAll(messages: readonly QueueMessage[]): { parsed: Parsed[]; fates: MessageFate[] } {
  const parsed: Parsed[] = [];
  const fates: MessageFate[] = [];
  for (const message of messages) {
    try {
      parsed.push({ message, command: settlePaymentFromWire(message.body) });
    } catch (error) {
      const because = error instanceof Error ? error.name : 'unknown';
      fates.push({ id: message.id, fate: 'dead', because: `message unreadable: ${because}` });
    }
  }
  return { parsed, fates };
}

function requestOf({ message, command }: Parsed, archiveKey: string): SettleRequest {
  const { statement, receivedAt, raw } = command;
  return {
    id: message.id,
    statement,
    receivedAt,
    queuedAt: message.queuedAt,
    ...(message.receives !== undefined && { receives: message.receives }),
    ...(raw && { sha256: raw.sha256, archive: archiveKey }),
  };
}

function fateOf(result: SettleResult): MessageFate {
  switch (result.done) {
    case 'settled':
    case 'unchanged':
      return { id: result.id, fate: 'done' };
    case 'retry':
      return { id: result.id, fate: 'retry', because: result.because, error: result.error };
    case 'poison':
      return { id: result.id, fate: 'dead', because: result.because };
    default:
      return result satisfies never;
  }
}

/** Stage times follow from the moments in the envelope alone, so every stage is measured for every payment. */
function measure(metrics: Metrics, result: SettleResult, parsed: readonly Parsed[]): void {
  const about = parsed.find(({ message }) => message.id === result.id);
  const dimensions = { Gateway: about?.command.statement.gateway ?? 'unknown' };
  const stage = (name: string, ms: number) =>
    metrics.add(name, Math.max(0, ms), 'Milliseconds', dimensions);
  if (result.done === 'retry' || result.done === 'poison') {
    // A gateway that does not answer must not hide behind the messages that came to nothing.
    if (result.done === 'retry' && result.rereadMs !== undefined)
      stage('StageRereadMs', result.rereadMs);
    metrics.add(
      result.done === 'retry' ? 'SettleRetried' : 'SettlePoisoned',
      1,
      'Count',
      dimensions,
    );
    return;
  }
  metrics.add(result.done === 'settled' ? 'Settled' : 'Repeated', 1, 'Count', dimensions);
  if (result.done === 'unchanged') return;
  const { times, rereadMs, settledAt, invoice, payment } = result;
  if (payment && standingOf(payment).overReturned > 0n)
    metrics.add('OverReturned', 1, 'Count', dimensions);
  if (times.reportedAt) stage('StageReportedMs', elapsedMs(times.reportedAt, times.receivedAt));
  const receiveMs = elapsedMs(times.receivedAt, times.queuedAt);
  if (receiveMs <= REQUEST_LIFE_MS) stage('StageReceiveMs', receiveMs);
  stage('StageQueueMs', elapsedMs(times.queuedAt, about?.message.takenAt ?? times.startedAt));
  if (rereadMs !== undefined) stage('StageRereadMs', rereadMs);
  stage('StageSettleMs', elapsedMs(times.startedAt, settledAt) - (rereadMs ?? 0));
  const paysNow =
    payment !== undefined &&
    payment.allocation.settled > 0n &&
    invoice &&
    statusOf(invoice) === 'paid';
  if (!paysNow || invoice.lastPayment?.times.receivedAt !== times.receivedAt) return;
  stage('ReceivedToPaidMs', elapsedMs(times.receivedAt, settledAt));
  if (times.reportedAt) stage('ReportedToPaidMs', elapsedMs(times.reportedAt, settledAt));
}
