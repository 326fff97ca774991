import { Heap } from './heap.ts';
import { Line } from './line.ts';
import type { Message, MessageContent } from './message.ts';
import type { QueueSettings } from './queue-settings.ts';

/** Messages that share a `MessageGroupId`; those without one share the group of the empty text. */
type Group = { readonly key: string; readonly ready: Heap<Message>; inFlight: number };

/** "This group's oldest ready message is this one." Stale offers are recognised and skipped. */
type Offer = { readonly order: number; readonly group: Group };

type Lapse = { readonly atMs: number; readonly message: Message };

export type Receipt = { delivered: Message[]; dead: Message[] };

/** From this many receives on, a message counts as one that cannot be processed. */
const POISONED_RECEIVES = 3;
/** A group is noisy with at least this many messages in flight … */
const NOISY_IN_FLIGHT = 30;
/** … that are more than this share of all messages in flight. */
const NOISY_SHARE = 0.1;

/**
 * The messages of one queue and what may be delivered next. It does no I/O and reads no clock.
 *
 * Ready messages wait in one heap per group, so that a locked or noisy group costs nothing to step
 * over; a second heap orders the groups by their oldest message.
 */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly isFifo: boolean;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  settings: QueueSettings;
  tags: Record<string, string> = {};
  #messages = new Map<string, Message>();
  /** In order of arrival. What is gone is dropped when it comes to the front. */
  #arrivals = new Line<Message>();
  /** The same, without what the age of the queue leaves out: see `oldestForAge`. */
  #aging = new Line<Message>();
  #groups = new Map<string, Group>();
  #offers = new Heap<Offer>((left, right) => left.order < right.order);
  #lapses = new Heap<Lapse>((left, right) => left.atMs < right.atMs);
  #order = 0;
  #ready = 0;
  #inFlight = 0;

  constructor(identity: {
    name: string;
    arn: string;
    url: string;
    createdAtMs: number;
    settings: QueueSettings;
  }) {
    this.name = identity.name;
    this.arn = identity.arn;
    this.url = identity.url;
    this.isFifo = identity.name.endsWith('.fifo');
    this.createdAtMs = identity.createdAtMs;
    this.modifiedAtMs = identity.createdAtMs;
    this.settings = identity.settings;
  }

  /** Puts a message at the end. A content that is delayed becomes visible by `lapse`. */
  add(content: MessageContent, nowMs: number, key = content.id): Message {
    const message: Message = {
      content,
      key,
      order: this.#order++,
      state: 'delayed',
      visibleAtMs: content.visibleAtMs,
      receiveCount: 0,
      firstReceivedAtMs: undefined,
      receipt: undefined,
    };
    this.#messages.set(key, message);
    this.#arrivals.push(message);
    this.#aging.push(message);
    if (message.visibleAtMs > nowMs) this.#lapses.push({ atMs: message.visibleAtMs, message });
    else this.#becomeReady(message);
    return message;
  }

  find(key: string): Message | undefined {
    return this.#messages.get(key);
  }

  /** Every message that is neither deleted nor expired, oldest first. */
  all(): IterableIterator<Message> {
    return this.#messages.values();
  }

  oldest(): Message | undefined {
    let first = this.#arrivals.first();
    while (first?.state === 'gone') {
      this.#arrivals.dropFirst();
      first = this.#arrivals.first();
    }
    return first;
  }

  /**
   * The message that ApproximateAgeOfOldestMessage points at.
   *
   * A standard queue leaves out what was received three times and not deleted, so that one message
   * that nobody can process does not hide how the others fare. A FIFO queue cannot pass over it.
   */
  oldestForAge(): Message | undefined {
    let first = this.#aging.first();
    while (first && (first.state === 'gone' || this.#isPoisoned(first))) {
      this.#aging.dropFirst();
      first = this.#aging.first();
    }
    return first;
  }

  /** Brings the queue to the moment: ends delays and visibility timeouts, drops what is too old. */
  lapse(nowMs: number): void {
    for (let next = this.#lapses.peek(); next && next.atMs <= nowMs; next = this.#lapses.peek()) {
      this.#lapses.pop();
      if (isCurrent(next)) this.#becomeReady(next.message);
    }
    for (let old = this.oldest(); old && this.#isExpired(old, nowMs); old = this.oldest()) {
      this.remove(old);
    }
  }

  /** When the next hidden message becomes visible by itself. */
  nextLapseAtMs(): number | undefined {
    for (let next = this.#lapses.peek(); next; next = this.#lapses.peek()) {
      if (isCurrent(next)) return next.atMs;
      this.#lapses.pop();
    }
    return undefined;
  }

  /**
   * Takes up to `max` messages out of view until `visibleAtMs`.
   *
   * A message that was received as often as the redrive policy allows is not delivered again but
   * handed back as dead: SQS moves it at this moment, not when its last timeout ends.
   */
  receive(nowMs: number, max: number, visibleAtMs: number, maxReceives: number): Receipt {
    this.lapse(nowMs);
    const receipt: Receipt = { delivered: [], dead: [] };
    const opened = new Set<Group>();
    const noisy: Group[] = [];
    while (receipt.delivered.length < max) {
      const group = this.#nextGroup(opened, noisy) ?? noisy.shift();
      if (!group) break;
      const message = group.ready.pop();
      if (message) this.#hand(message, group, { nowMs, visibleAtMs, maxReceives, opened, receipt });
      this.#offer(group);
    }
    for (const group of noisy) this.#offer(group);
    return receipt;
  }

  /** Sets a new end of the visibility timeout of a message in flight, or of its delay. */
  hideUntil(message: Message, nowMs: number, visibleAtMs: number): void {
    message.visibleAtMs = visibleAtMs;
    if (visibleAtMs <= nowMs) this.#becomeReady(message);
    else this.#pushLapse(message);
  }

  /** Another delay of a FIFO queue holds for what is already waiting in it, too. */
  delayAnew(nowMs: number): void {
    if (!this.isFifo) return;
    for (const message of this.#messages.values()) {
      if (message.state !== 'delayed') continue;
      const atMs = message.content.arrivedAtMs + this.settings.delayMs;
      message.content.visibleAtMs = atMs;
      this.hideUntil(message, nowMs, atMs);
    }
  }

  remove(message: Message): void {
    const { state } = message;
    if (state === 'ready') this.#ready -= 1;
    message.state = 'gone';
    this.#messages.delete(message.key);
    this.#sweep();
    if (state === 'in_flight') this.#landed(message);
    // The group's offer named this message if it was the oldest; the next one needs its own.
    else if (state === 'ready') this.#offer(this.#groupOf(message));
  }

  clear(): void {
    for (const message of this.#messages.values()) message.state = 'gone';
    this.#messages.clear();
    this.#arrivals.retain(() => false);
    this.#aging.retain(() => false);
    this.#groups.clear();
    this.#offers.retain(() => false);
    this.#lapses.retain(() => false);
    this.#ready = 0;
    this.#inFlight = 0;
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    const delayed = this.#messages.size - this.#ready - this.#inFlight;
    return { visible: this.#ready, inFlight: this.#inFlight, delayed };
  }

  #hand(
    message: Message,
    group: Group,
    to: {
      nowMs: number;
      visibleAtMs: number;
      maxReceives: number;
      opened: Set<Group>;
      receipt: Receipt;
    },
  ): void {
    // Retention counts from the producer's moment, so a dead letter may be older than its place.
    if (this.#isExpired(message, to.nowMs)) {
      this.remove(message);
      return;
    }
    if (message.receiveCount >= to.maxReceives) {
      this.remove(message);
      to.receipt.dead.push(message);
      return;
    }
    this.#ready -= 1;
    this.#inFlight += 1;
    group.inFlight += 1;
    message.state = 'in_flight';
    message.receiveCount += 1;
    message.firstReceivedAtMs ??= to.nowMs;
    message.visibleAtMs = to.visibleAtMs;
    this.#pushLapse(message);
    to.opened.add(group);
    to.receipt.delivered.push(message);
  }

  /** The group with the oldest message that may be delivered; noisy groups are set aside. */
  #nextGroup(opened: ReadonlySet<Group>, noisy: Group[]): Group | undefined {
    for (let offer = this.#offers.pop(); offer; offer = this.#offers.pop()) {
      const { group } = offer;
      if (this.#head(group)?.order !== offer.order) continue;
      // A FIFO group stays locked while an earlier call holds one of its messages.
      if (this.isFifo && group.inFlight > 0 && !opened.has(group)) continue;
      if (!this.#isNoisy(group)) return group;
      if (!noisy.includes(group)) noisy.push(group);
    }
    return undefined;
  }

  #isNoisy(group: Group): boolean {
    if (this.isFifo || group.key === '') return false;
    return group.inFlight >= NOISY_IN_FLIGHT && group.inFlight > NOISY_SHARE * this.#inFlight;
  }

  #head(group: Group): Message | undefined {
    for (let head = group.ready.peek(); head; head = group.ready.peek()) {
      if (head.state === 'ready') return head;
      group.ready.pop();
    }
    return undefined;
  }

  #offer(group: Group): void {
    const head = this.#head(group);
    if (head) this.#offers.push({ order: head.order, group });
    else if (group.inFlight === 0) this.#groups.delete(group.key);
  }

  #becomeReady(message: Message): void {
    const wasInFlight = message.state === 'in_flight';
    const group = this.#groupOf(message);
    message.state = 'ready';
    this.#ready += 1;
    group.ready.push(message);
    if (wasInFlight) this.#landed(message);
    else if (this.#head(group) === message) this.#offer(group);
  }

  #landed(message: Message): void {
    const group = this.#groupOf(message);
    this.#inFlight -= 1;
    group.inFlight -= 1;
    this.#offer(group);
  }

  #groupOf({ content }: Message): Group {
    const key = content.groupId ?? '';
    const known = this.#groups.get(key);
    if (known) return known;
    const ready = new Heap<Message>((left, right) => left.order < right.order);
    const group: Group = { key, ready, inFlight: 0 };
    this.#groups.set(key, group);
    return group;
  }

  #pushLapse(message: Message): void {
    this.#lapses.push({ atMs: message.visibleAtMs, message });
  }

  /** Deleted messages stay behind in the other structures, which are cleared when mostly stale. */
  #sweep(): void {
    const limit = 1024 + 2 * this.#messages.size;
    if (this.#lapses.size > limit) this.#lapses.retain(isCurrent);
    const isThere = ({ state }: Message) => state !== 'gone';
    if (this.#arrivals.size > limit) this.#arrivals.retain(isThere);
    if (this.#aging.size > limit) this.#aging.retain(isThere);
  }

  #isPoisoned({ receiveCount }: Message): boolean {
    return !this.isFifo && receiveCount >= POISONED_RECEIVES;
  }

  #isExpired({ content }: Message, nowMs: number): boolean {
    // A FIFO queue restarts the retention of a dead letter, a standard queue does not.
    const sinceMs = this.isFifo ? content.arrivedAtMs : content.sentAtMs;
    return sinceMs + this.settings.retentionMs <= nowMs;
  }
}

function isCurrent({ atMs, message }: Lapse): boolean {
  const isHidden = message.state === 'delayed' || message.state === 'in_flight';
  return isHidden && message.visibleAtMs === atMs;
}
