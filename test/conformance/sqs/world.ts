import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import type { Fauxqs } from './fauxqs.ts';
import { QUEUES, type QueueName, type Setup } from './operations.ts';
import type { HandleState } from './quirks.ts';
import { ACCOUNT, type Call, emulatorSide, engineSide, REGION } from './sides.ts';

/** A receipt handle as each side wrote it. */
export type Handle = { queue: string; message: string; ours: string; theirs: string };

/** What the sequence itself knows of a message; sides are asked only for what is compared. */
type Sent = { queue: string; group: string | undefined };

const MINUTE_MS = 60_000;

/** Both sides with the queues of one sequence, and what has been seen of them so far. */
export class World {
  readonly ours: Call;
  readonly theirs: Call;
  readonly #engine: ReturnType<typeof engineSide>;
  readonly #emulator: Fauxqs;
  readonly prefix: string;
  /** Our message id -> theirs, and back. */
  readonly #theirIds = new Map<string, string>();
  readonly #ourIds = new Map<string, string>();
  readonly sent = new Map<string, Sent>();
  readonly #sequences = new Map<string, readonly unknown[]>();
  readonly #firstReceivedAtMs = new Map<string, number>();
  readonly #theirHandles = new Map<string, string>();
  readonly #handles = new Map<string, Handle[]>();
  readonly #newest = new Map<string, { handle: Handle; hiddenUntilMs: number }>();
  readonly purgedAtMs = new Map<string, number>();
  readonly deletedAtMs = new Map<string, number>();
  readonly settings = new Map<
    string,
    { visibility: number; byContent: boolean; redrives: boolean }
  >();

  constructor(emulator: Fauxqs, prefix: string, startMs: number, spoil: (call: Call) => Call) {
    this.#emulator = emulator;
    this.#engine = engineSide(startMs);
    this.prefix = prefix;
    this.ours = spoil(this.#engine.call);
    this.theirs = emulatorSide(emulator);
  }

  now(): number {
    return this.#engine.clock.now();
  }

  async pass(seconds: number): Promise<void> {
    await this.#engine.clock.advance(seconds * 1000);
    await this.#emulator.setTime(this.now());
  }

  urlOf(queue: string): string {
    return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${this.prefix}${queue}`;
  }

  arnOf(queue: string): string {
    return `arn:aws:sqs:${REGION}:${ACCOUNT}:${this.prefix}${queue}`;
  }

  exists = (arn: string): boolean => QUEUES.some((queue) => this.arnOf(queue) === arn);

  wasLately(moments: ReadonlyMap<string, number>, queue: string): boolean {
    const atMs = moments.get(queue);
    return atMs !== undefined && this.now() < atMs + MINUTE_MS;
  }

  /** Creates the queues on both sides, dead letters first. */
  async open({ visibility, delay, maxReceives, byContent }: Setup): Promise<void> {
    for (const queue of [...QUEUES].sort()) {
      const isFifo = queue.endsWith('.fifo');
      const isSource = queue.startsWith('work');
      const redrives = isSource && maxReceives !== undefined;
      const Attributes = {
        VisibilityTimeout: String(visibility),
        ...(isSource && { DelaySeconds: String(delay) }),
        ...(isFifo && { FifoQueue: 'true', ContentBasedDeduplication: String(byContent) }),
        ...(redrives && { RedrivePolicy: this.redrive(queue, maxReceives) }),
      };
      const input = { QueueName: `${this.prefix}${queue}`, Attributes };
      for (const answer of [
        await this.ours('CreateQueue', input),
        await this.theirs('CreateQueue', input),
      ]) {
        if ('error' in answer) throw new Error(`no queue ${queue}: ${answer.error}`);
      }
      this.settings.set(queue, { visibility, byContent: isFifo && byContent, redrives });
    }
  }

  redrive(queue: string, maxReceiveCount: number): string {
    const target = queue.endsWith('.fifo') ? 'dead.fifo' : 'dead';
    return JSON.stringify({ deadLetterTargetArn: this.arnOf(target), maxReceiveCount });
  }

  /** Deletes what the sequence left on the emulator; the engine is simply forgotten. */
  async close(): Promise<void> {
    const listed = await this.theirs('ListQueues', { QueueNamePrefix: this.prefix });
    if ('error' in listed) return;
    for (const QueueUrl of listOf(listed.ok['QueueUrls']))
      await this.theirs('DeleteQueue', { QueueUrl });
  }

  /** Whether two ids mean one message. Ids that neither side has used before are a new one. */
  isSameMessage(ours: unknown, theirs: unknown, mayBeNew: boolean): boolean {
    const [our, their] = [String(ours), String(theirs)];
    const known = this.#theirIds.get(our);
    if (known !== undefined || this.#ourIds.has(their)) return known === their;
    if (!mayBeNew) return false;
    this.#theirIds.set(our, their);
    this.#ourIds.set(their, our);
    return true;
  }

  /** Each side numbers for itself, but tells the same message's number every time. */
  isSameSequence(message: unknown, numbers: readonly unknown[]): boolean {
    const known = this.#sequences.get(String(message));
    if (!known) this.#sequences.set(String(message), numbers);
    return !known || known.every((number, at) => number === numbers[at]);
  }

  theirHandleOf(ours: string): string | undefined {
    return this.#theirHandles.get(ours);
  }

  /** Our id for a message that the emulator named. */
  ourId(theirs: unknown): string | undefined {
    return this.#ourIds.get(String(theirs));
  }

  /** When the queue first handed the message out; now, if it has not before. */
  firstReceived(queue: string, message: string): number {
    const key = `${queue} ${message}`;
    const atMs = this.#firstReceivedAtMs.get(key) ?? this.now();
    this.#firstReceivedAtMs.set(key, atMs);
    return atMs;
  }

  took(handle: Handle, visibilitySeconds: number): void {
    this.firstReceived(handle.queue, handle.message);
    const handles = this.#handles.get(handle.queue) ?? [];
    handles.push(handle);
    this.#theirHandles.set(handle.ours, handle.theirs);
    this.#handles.set(handle.queue, handles);
    const hiddenUntilMs = this.now() + visibilitySeconds * 1000;
    this.#newest.set(`${handle.queue} ${handle.message}`, { handle, hiddenUntilMs });
  }

  hid(handle: Handle, seconds: number): void {
    const newest = this.#newest.get(`${handle.queue} ${handle.message}`);
    if (newest) newest.hiddenUntilMs = this.now() + seconds * 1000;
  }

  handle(queue: QueueName, newest: number): Handle | undefined {
    const handles = this.#handles.get(queue) ?? [];
    return handles.at(-1 - newest) ?? handles[0];
  }

  stateOf(handle: Handle | undefined): HandleState {
    if (!handle) return 'never issued';
    if (this.messages(handle.queue).every(({ id }) => id !== handle.message)) return 'gone';
    const newest = this.#newest.get(`${handle.queue} ${handle.message}`);
    if (newest?.handle !== handle) return 'stale';
    return newest.hiddenUntilMs > this.now() ? 'in flight' : 'visible';
  }

  /** The messages that a queue still has, whatever their state. */
  messages(queue: string): Json[] {
    return [...this.#engine.service.snapshot()]
      .filter((record) => record['type'] === 'sent' && record['queue'] === `${this.prefix}${queue}`)
      .flatMap((record) => listOf(record['messages']))
      .filter(isObject);
  }

  /** Whether what a receive hands out is the same whichever messages a side prefers. */
  leavesNoChoice(queue: string, max: number): boolean {
    const family = queue.endsWith('.fifo') ? ['work.fifo', 'dead.fifo'] : ['work', 'dead'];
    const there = family.flatMap((name) => this.messages(name));
    if (!queue.endsWith('.fifo')) return there.length <= max;
    return new Set(there.map(({ groupId }) => groupId)).size <= 1;
  }
}
