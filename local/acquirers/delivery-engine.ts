import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { AcquirerDialect, Notification, WireRequest, WireResponse } from './dialect.ts';
import type { Send } from './http-sender.ts';
import type { GatewayName, SimulatedPayment } from './payment.ts';

/** Everything that a notification promised, and what became of it. Moments are epoch milliseconds. */
export type Delivery = {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly paymentId: string;
  readonly invoiceId: string;
  /** The event in the gateway's own word. */
  readonly name: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** 1 for the notification itself, 2 and 3 for duplicates that the gateway sends of its own accord. */
  readonly copy: number;
  /** When it was meant to leave, whether or not the sender kept up. */
  readonly plannedAt: number;
  readonly firstSentAt?: number;
  readonly acknowledgedAt?: number;
  readonly attempts: number;
  readonly lastAnswer?: string;
  readonly state: 'waiting' | 'acknowledged' | 'given_up' | 'lost';
};

export type DeliveryOrder = {
  readonly dialect: AcquirerDialect;
  readonly notification: Notification;
  readonly payment: SimulatedPayment;
  readonly copy: number;
  readonly delayMs: number;
  readonly isLost: boolean;
};

export type DeliveryOptions = {
  readonly clock: Clock;
  readonly send: Send;
  /** The webhook address for a request of this payment. */
  address(payment: SimulatedPayment, request: WireRequest): string;
  /** Requests of one gateway that may be under way at once. */
  readonly concurrency: number;
  /** Documented waits are multiplied by this. */
  readonly timeScale: number;
  /** How many finished deliveries are remembered. */
  readonly remembered: number;
};

/** However short the scale makes a wait, a cloud that is starting again is not hammered. */
export const SHORTEST_RETRY_MS = 250;

type Entry = {
  record: { -readonly [Field in keyof Delivery]: Delivery[Field] };
  order: DeliveryOrder;
};

type Lane = {
  isOut: boolean;
  inFlight: number;
  readonly ready: Entry[];
  /** The message that every later one waits for, at a gateway that keeps a queue per endpoint. */
  blocker?: Entry | undefined;
  behind: Entry[];
};

/** Delivers notifications as the gateways do: in parallel, again and again until acknowledged. */
export class DeliveryEngine {
  readonly #options: DeliveryOptions;
  readonly #lanes = new Map<GatewayName, Lane>();
  readonly #timers = new Set<Cancel>();
  #records: Entry['record'][] = [];
  #waiting = 0;
  #inFlight = 0;
  #listeners: (() => void)[] = [];
  #isStopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  enqueue(order: DeliveryOrder): void {
    const { payment, notification, copy, delayMs, isLost } = order;
    const plannedAt = this.#options.clock.now() + delayMs;
    const record: Entry['record'] = {
      gateway: payment.gateway,
      seller: payment.seller,
      paymentId: payment.id,
      invoiceId: payment.invoiceId,
      name: notification.name,
      amountMinor: notification.amountMinor,
      currency: payment.currency,
      copy,
      plannedAt,
      attempts: 0,
      state: isLost ? 'lost' : 'waiting',
    };
    this.#remember(record);
    if (isLost) return;
    this.#waiting += 1;
    const entry = { record, order };
    if (delayMs > 0) this.#later(plannedAt, () => this.#makeReady(entry));
    else this.#makeReady(entry);
  }

  /** Cuts the gateway off, or lets everything out that gathered meanwhile. */
  setOutage(gateway: GatewayName, isOut: boolean): void {
    const lane = this.#lane(gateway);
    lane.isOut = isOut;
    this.#pump(lane);
  }

  isOut(gateway: GatewayName): boolean {
    return this.#lane(gateway).isOut;
  }

  deliveries(): readonly Delivery[] {
    return this.#records;
  }

  /** Resolves when every delivery has ended, one way or another. */
  async drained(): Promise<void> {
    while (this.#waiting > 0 && !this.#isStopped) await this.#nextChange();
  }

  /** Resolves when no request is under way; retries may still be due later. */
  async quiet(): Promise<void> {
    while (this.#inFlight > 0) await this.#nextChange();
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const lane of this.#lanes.values()) lane.ready.length = 0;
    this.#changed();
  }

  #makeReady(entry: Entry): void {
    const lane = this.#lane(entry.record.gateway);
    lane.ready.push(entry);
    this.#pump(lane);
  }

  #pump(lane: Lane): void {
    while (!lane.isOut && !this.#isStopped && lane.inFlight < this.#options.concurrency) {
      const entry = lane.ready.shift();
      if (!entry) return;
      if (lane.blocker && lane.blocker !== entry) lane.behind.push(entry);
      else void this.#try(lane, entry);
    }
  }

  async #try(lane: Lane, entry: Entry): Promise<void> {
    const { record, order } = entry;
    record.attempts += 1;
    record.firstSentAt ??= this.#options.clock.now();
    lane.inFlight += 1;
    this.#inFlight += 1;
    const isAcknowledged = await this.#send(entry);
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    if (isAcknowledged) this.#finish(lane, entry, 'acknowledged');
    else this.#retry(lane, entry, order.dialect);
    this.#pump(lane);
    this.#changed();
  }

  async #send({ record, order }: Entry): Promise<boolean> {
    const { clock, send, address } = this.#options;
    const { dialect, notification, payment } = order;
    try {
      const request = notification.request({ attempt: record.attempts, atMs: clock.now() });
      const answer = await send(address(payment, request), request, dialect.answerTimeoutMs);
      record.lastAnswer = shortAnswer(answer);
      return dialect.isAcknowledged(answer, request);
    } catch (error) {
      record.lastAnswer = error instanceof Error ? (codeOf(error) ?? error.name) : 'failed';
      return false;
    }
  }

  #retry(lane: Lane, entry: Entry, dialect: AcquirerDialect): void {
    const { clock, timeScale } = this.#options;
    const { attempts } = entry.record;
    const delayMs = dialect.retryDelaysMs[attempts - 1];
    if (delayMs === undefined) {
      this.#finish(lane, entry, 'given_up');
      return;
    }
    const { blocksAfterTries } = dialect;
    if (blocksAfterTries !== undefined && attempts >= blocksAfterTries) lane.blocker ??= entry;
    const waitMs = Math.max(SHORTEST_RETRY_MS, delayMs * timeScale);
    this.#later(clock.now() + waitMs, () => this.#makeReady(entry));
  }

  #finish(lane: Lane, entry: Entry, state: 'acknowledged' | 'given_up'): void {
    entry.record.state = state;
    if (state === 'acknowledged') entry.record.acknowledgedAt = this.#options.clock.now();
    this.#waiting -= 1;
    if (lane.blocker !== entry) return;
    lane.blocker = undefined;
    lane.ready.push(...lane.behind);
    lane.behind = [];
  }

  #later(atMs: number, task: () => void): void {
    const cancel = this.#options.clock.schedule(atMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }

  /** Forgets the oldest finished deliveries beyond the limit, many at a time. */
  #remember(record: Entry['record']): void {
    this.#records.push(record);
    const excess = this.#records.length - this.#options.remembered;
    if (excess < this.#options.remembered / 10) return;
    const isKept = (known: Delivery, at: number) => known.state === 'waiting' || at >= excess;
    this.#records = this.#records.filter(isKept);
  }

  #lane(gateway: GatewayName): Lane {
    const known = this.#lanes.get(gateway);
    if (known) return known;
    const lane: Lane = { isOut: false, inFlight: 0, ready: [], behind: [] };
    this.#lanes.set(gateway, lane);
    return lane;
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.push(resolve);
    });
  }

  #changed(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}

const SHOWN_ANSWER = 80;

function shortAnswer({ status, body }: WireResponse): string {
  return `${status} ${body.slice(0, SHOWN_ANSWER)}`.trim();
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
