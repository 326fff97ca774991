import { AwsError } from '#local/kernel/aws-error.ts';
import { drawFaults, type FaultRule } from '#local/kernel/faults.ts';
import { optionalNumber, optionalText } from '#local/kernel/input.ts';
import type { Caller, Host, Json } from '#local/kernel/service.ts';
import { Deduplication } from './deduplication.ts';
import type { Message, MessageContent } from './message.ts';
import { Queue } from './queue.ts';
import { type QueueSettings, settingsFrom } from './queue-settings.ts';
import { Signals } from './signals.ts';

export type Handler = (input: Json, caller: Caller) => Json | Promise<Json>;
export type Handlers = Readonly<Record<string, Handler>>;

/** A fault that strikes SQS calls; `queue` is a queue name. `duplicate` strikes at each receive. */
export type SqsFaultRule = FaultRule & { queue?: string };

/** A queue with everything that belongs to it. */
export type QueueEntry = {
  readonly queue: Queue;
  readonly signals: Signals;
  readonly deduplication: Deduplication;
  sequence: number;
  purgedAtMs: number | undefined;
  readonly counters: { sent: number; received: number; deleted: number; emptyReceives: number };
};

/** All queues of the account, and the two ways in which they change: now, and by replay. */
export class SqsState {
  readonly host: Host;
  readonly queues = new Map<string, QueueEntry>();
  readonly faults: SqsFaultRule[] = [];
  /** Queue name -> when it was deleted. In memory only: a restart is longer than the wait in all but name. */
  readonly deletedAtMs = new Map<string, number>();
  #copies = 0;

  constructor(host: Host) {
    this.host = host;
  }

  persist(record: Json): void {
    this.host.persist('sqs', record);
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:${this.host.region}:${this.host.accountId}:${name}`;
  }

  byName(name: string): QueueEntry {
    const entry = this.queues.get(name);
    if (entry) return entry;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  byArn(arn: string): QueueEntry | undefined {
    const name = arn.split(':').at(-1) ?? '';
    return this.arnOf(name) === arn ? this.queues.get(name) : undefined;
  }

  /** The queue of a call. Only the last segment of the URL counts, so that any host reaches it. */
  ofCall(input: Json): QueueEntry {
    return this.byName(queueNameOf(input));
  }

  open(identity: {
    name: string;
    createdAtMs: number;
    attributes: Readonly<Record<string, string>>;
  }): QueueEntry {
    const { name, createdAtMs, attributes } = identity;
    const settings: QueueSettings = settingsFrom(attributes, name.endsWith('.fifo'));
    const { region, accountId, clock } = this.host;
    const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
    const queue = new Queue({ name, arn: this.arnOf(name), url, createdAtMs, settings });
    const entry: QueueEntry = {
      queue,
      signals: new Signals(clock, queue),
      deduplication: new Deduplication(),
      sequence: 0,
      purgedAtMs: undefined,
      counters: { sent: 0, received: 0, deleted: 0, emptyReceives: 0 },
    };
    this.queues.set(name, entry);
    return entry;
  }

  /**
   * Moves messages that were received too often to the dead letters.
   *
   * They keep their id, the moment they were sent and the count of their receives. When the dead-letter queue is gone they
   * stay where they are, because losing them would be worse.
   */
  bury(from: QueueEntry, deadLetters: QueueEntry, dead: readonly Message[]): void {
    const nowMs = this.host.clock.now();
    for (const { content, key, receiveCount } of dead) {
      const moved: MessageContent = {
        ...content,
        arrivedAtMs: nowMs,
        visibleAtMs: nowMs,
        deadLetterSourceArn: from.queue.arn,
        earlierReceives: (content.earlierReceives ?? 0) + receiveCount,
      };
      const isCopy = key !== content.id;
      deadLetters.queue.add(moved, nowMs, isCopy ? this.copyKey(content.id) : content.id);
      if (!isCopy) this.persist(movedRecord(from, deadLetters, content.id, moved));
    }
    if (dead.length > 0) deadLetters.signals.wake();
  }

  /** A key for a second copy of a message in the same queue. */
  copyKey(id: string): string {
    this.#copies += 1;
    return `${id}~${this.#copies}`;
  }

  /** The faults that strike this call; `duplicate` is drawn per delivered message instead. */
  drawFaults(operation: string, queue: string | undefined): SqsFaultRule[] {
    if (this.faults.length === 0) return this.faults;
    return drawFaults(this.host, this.faults, (rule) => {
      if (rule.kind === 'duplicate') return false;
      if (rule.operation !== undefined && rule.operation !== operation) return false;
      return rule.queue === undefined || rule.queue === queue;
    });
  }
}

export function movedRecord(
  from: QueueEntry,
  to: QueueEntry,
  id: string,
  message: MessageContent,
): Json {
  return { type: 'moved', from: from.queue.name, to: to.queue.name, id, message };
}

export function queueNameOf(input: Json): string {
  const url = optionalText(input, 'QueueUrl');
  if (url === undefined) throw missingParameter('QueueUrl');
  return url.split('/').at(-1) ?? '';
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

export function invalidParameter(name: string, value: unknown, reason: string): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    `Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`,
  );
}

export function wholeBetween(input: Json, name: string, lowest: number, highest: number) {
  const value = optionalNumber(input, name);
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  const reason = `Must be >= ${lowest} and <= ${highest}, if provided.`;
  throw invalidParameter(name, value, reason);
}
