import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { instantFromMs } from '#shared/kernel/time.ts';
import {
  SETTLE_PAYMENT,
  type SettlePaymentCommand,
} from '#shared/payments/contracts/settle-payment.ts';
import { type Cloud, QUEUES } from './cloud.ts';
import type { FaultPlan } from './faults/plan.ts';
import type { Choice } from './kernel/choice.ts';
import type { Runtime } from './kernel/runtime.ts';
import type { Scheduler } from './kernel/scheduler.ts';
import type { Operate } from './product/operate.ts';
import type { Product } from './product/product.ts';
import type { Receive } from './product/receive.ts';
import { type Arrival, arrivalsOf } from './world/deliveries.ts';
import type {
  PlannedAllocation,
  PlannedInvoice,
  PlannedPayment,
  PlannedRefund,
  Story,
} from './world/story.ts';
import type { Acquirers, WireNotification } from './world/wire/acquirers.ts';
import { closingOf, type WireArrival, wireArrivals } from './world/wire/arrivals.ts';

export type ActorsOptions = {
  readonly cloud: Cloud;
  readonly product: Product;
  readonly acquirers: Acquirers;
  readonly receive: Receive;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly plan: FaultPlan;
  /** Told when a caller has heard that its invoice is created. */
  onCreated(invoice: PlannedInvoice): void;
};

const OPERATOR_TIMEOUT_MS = 30_000;
const RECEIVE_TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 10_000;
const RETRY_LIMIT_MS = 3_600_000;
const CONTRADICTED_WITHIN_MS = 30_000;
const SHA256_CHARS = 64;
/** No gateway goes on longer than this many tries; an honest message is taken long before. */
const TRIES_MAX = 100;
const OK = 200;
const MULTIPLE_CHOICES = 300;
const SERVER_ERROR = 500;
const CONFLICT = 409;

/** Everybody outside: gateways that notify until somebody acknowledges, callers, and operators. */
export class Actors {
  readonly #options: ActorsOptions;
  /** What went wrong in a way that no fault explains. */
  readonly problems: string[] = [];
  deliveries = 0;

  constructor(options: ActorsOptions) {
    this.#options = options;
    const { acquirers, scheduler } = options;
    acquirers.onRefund((payment, change) =>
      this.#tellOnWire(payment, acquirers.refundNotifications(payment, change), scheduler.now()),
    );
  }

  /** Puts everything of a story on the list of things to come. */
  tell(story: Story): void {
    const { choice, plan } = this.#options;
    for (const payment of story.payments) {
      if (payment.wire) {
        this.#beginOnWire(payment);
        continue;
      }
      for (const arrival of arrivalsOf(payment, choice, (all) => plan.onDeliveries(all)))
        this.#at(arrival.atMs, () => this.#notify(arrival));
    }
    for (const { key, body, onceStored } of story.poison) {
      const send = () => this.#send(key, body);
      if (onceStored === undefined) this.#at(story.startMs, send);
      else this.#onceStored(onceStored, send);
    }
    for (const invoice of story.invoices) {
      const { atMs } = invoice;
      if (atMs !== undefined)
        this.#severalTimes(atMs, `create ${invoice.invoiceId}`, () => this.create(invoice));
    }
    for (const allocation of story.allocations) {
      const name = `allocate ${allocation.payment.paymentId}`;
      this.#severalTimes(allocation.atMs, name, () => this.allocate(allocation));
    }
    for (const refund of story.refunds) {
      const name = `refund ${refund.idempotencyKey}`;
      this.#severalTimes(refund.atMs, name, () => this.#refund(refund));
    }
  }

  #at(atMs: number, run: () => Promise<unknown>): void {
    const { scheduler } = this.#options;
    scheduler.schedule(Math.max(atMs, scheduler.now()), () => void run());
  }

  #onceStored(partition: string, run: () => Promise<unknown>): void {
    let isDone = false;
    this.#options.cloud.dynamodb.onStreamRecord((_table, { dynamodb: { Keys, NewImage } }) => {
      const { pk } = Keys;
      if (isDone || !NewImage?.['currency'] || !pk || !('S' in pk) || pk.S !== partition) return;
      isDone = true;
      const { scheduler, choice } = this.#options;
      const afterMs = choice.int(`${partition}:contradicted`, 1, CONTRADICTED_WITHIN_MS);
      this.#at(scheduler.now() + afterMs, run);
    });
  }

  #severalTimes(atMs: number, name: string, run: () => Promise<unknown>): void {
    for (let time = 0; time <= this.#options.plan.onAction(name); time++) this.#at(atMs, run);
  }

  /** One HTTP request of a gateway: it comes again until it is acknowledged. */
  async #notify({ key, skewMs, notification }: Arrival): Promise<void> {
    const { product, scheduler } = this.#options;
    const { statement } = notification;
    this.deliveries++;
    await this.#untilDone({ fn: 'receive', subject: key, timeoutMs: RECEIVE_TIMEOUT_MS }, () => {
      const receivedAt = instantFromMs(scheduler.now() + skewMs);
      const raw = { sha256: shaOf(notification.key), box: '', key: '' };
      const command: SettlePaymentCommand = { command: SETTLE_PAYMENT, statement, receivedAt, raw };
      return product.webhooks.enqueue(statement.seller, [command]);
    });
  }

  /** A gateway may ask about an invoice first, and then tells everything as it happens. */
  #beginOnWire(payment: PlannedPayment): void {
    const { acquirers } = this.#options;
    const { facts } = payment;
    const [first] = facts;
    const question = acquirers.questionOf(payment);
    if (question && first) this.#at(first.atMs - 1, () => this.#ask(question));
    this.#tellOnWire(payment, acquirers.notificationsOf(payment), facts.at(-1)?.atMs ?? 0);
  }

  #tellOnWire(
    payment: PlannedPayment,
    notifications: readonly WireNotification[],
    lastMs: number,
  ): void {
    const { plan } = this.#options;
    for (const arrival of wireArrivals(notifications, (all) => plan.onDeliveries(all)))
      this.#at(arrival.atMs, () => this.#deliver(arrival));
    const closing = closingOf(payment, lastMs);
    if (closing) {
      const { key, atMs } = closing;
      this.#at(atMs, () => this.#notify({ key, atMs, skewMs: 0, notification: closing }));
    }
  }

  /** A question is asked once; what the answer decides is the gateway's own affair. */
  async #ask(question: WireNotification): Promise<void> {
    const { acquirers, runtime, receive, scheduler } = this.#options;
    const request = acquirers.request(question, 1);
    const call = { fn: 'receive', subject: question.key, timeoutMs: RECEIVE_TIMEOUT_MS };
    await runtime.invoke(call, () => receive(question.payment, request, scheduler.now()));
  }

  /** A signed request, again and again until the gateway reads its own word for success. */
  async #deliver({ key, skewMs, notification }: WireArrival): Promise<void> {
    const { acquirers, runtime, receive, scheduler } = this.#options;
    const { payment } = notification;
    const dialect = acquirers.dialectOf(payment);
    this.deliveries++;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const request = acquirers.request(notification, attempt);
      // The next try meets another machine, whose clock is right.
      const receivedMs = scheduler.now() + (attempt === 1 ? skewMs : 0);
      const call = { fn: 'receive', subject: key, timeoutMs: RECEIVE_TIMEOUT_MS };
      const ending = await runtime.invoke(call, () => receive(payment, request, receivedMs));
      if (ending.ended === 'returned') {
        if (dialect.isAcknowledged(ending.value, request)) return;
        const { status, body } = ending.value;
        if (attempt > 1 && status < SERVER_ERROR) {
          this.problems.push(`honest ${key} of ${payment.gateway.name} refused: ${status} ${body}`);
          return;
        }
      }
      const pauseMs = dialect.retryDelaysMs[attempt - 1] ?? RETRY_LIMIT_MS;
      await scheduler.sleep(Math.min(RETRY_LIMIT_MS, pauseMs));
    }
    this.problems.push(`${key} of ${payment.gateway.name} was never acknowledged`);
  }

  async #send(key: string, MessageBody: string): Promise<void> {
    const { cloud } = this.#options;
    const QueueUrl = cloud.queueUrl(QUEUES.payments);
    await this.#untilDone({ fn: 'receive', subject: key, timeoutMs: RECEIVE_TIMEOUT_MS }, () =>
      cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
    );
  }

  async create(invoice: PlannedInvoice): Promise<void> {
    const { seller, invoiceId, payerId, currency, total } = invoice;
    const lines = [{ title: 'Course', amount: String(total), vat: '22' }];
    const body = { seller, id: invoiceId, payerId, currency, lines };
    const { status } = await this.#operator(`create ${invoiceId}`, {
      method: 'POST',
      path: '/v1/invoices',
      body,
    });
    if (status >= OK && status < MULTIPLE_CHOICES) this.#options.onCreated(invoice);
    else if (status === CONFLICT)
      this.problems.push(`invoice ${invoiceId} was created as another one`);
    else this.problems.push(`invoice ${invoiceId} was refused: ${status}`);
  }

  async allocate({ payment, invoice }: PlannedAllocation): Promise<void> {
    const { invoiceId } = invoice;
    await this.#operator(`allocate ${payment.key}`, {
      method: 'POST',
      path: `/v1/inbox/${pathOf(payment)}/allocate`,
      body: { invoiceId },
    });
  }

  /** The operator API refuses what cannot be; the gateway has the last word, and tells it itself. */
  async #refund({ payment, amount, idempotencyKey }: PlannedRefund): Promise<void> {
    await this.#operator(`refund ${idempotencyKey}`, {
      method: 'POST',
      path: `/v1/payments/${pathOf(payment)}/refunds`,
      body: { amount: String(amount), idempotencyKey },
    });
  }

  /** An operator puts every dead letter back into the queue. */
  async replayAll(): Promise<void> {
    for (const { id, paymentId } of await this.#deadLetters()) {
      const path = `/v1/dead-letters/${id}/replay`;
      const subject = `replay ${paymentId ?? 'unreadable'}`;
      await this.#operator(subject, { method: 'POST', path });
    }
  }

  async #deadLetters(): Promise<{ id: string; paymentId?: string }[]> {
    const all: { id: string; paymentId?: string }[] = [];
    let cursor = '';
    do {
      const query = `limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const path = '/v1/dead-letters';
      const { body } = await this.#operator('list dead letters', { method: 'GET', path, query });
      const { deadLetters, nextCursor = '' } = JSON.parse(body);
      all.push(...deadLetters);
      cursor = nextCursor;
    } while (cursor !== '');
    return all;
  }

  replayAt(atMs: number): void {
    this.#at(atMs, () => this.replayAll());
  }

  /** Asks until there is an answer that asking again would not change. */
  async #operator(subject: string, request: Parameters<Operate>[0]): ReturnType<Operate> {
    const { product } = this.#options;
    const call = { fn: 'operate', subject, timeoutMs: OPERATOR_TIMEOUT_MS };
    return this.#untilDone(call, async () => {
      const answer = await product.operate(request);
      if (answer.status >= SERVER_ERROR) throw new Error(`HTTP ${answer.status}`);
      return answer;
    });
  }

  async #untilDone<T>(
    call: { fn: string; subject: string; timeoutMs: number },
    run: () => Promise<T>,
  ): Promise<T> {
    const { runtime, scheduler } = this.#options;
    for (let pauseMs = RETRY_FIRST_MS; ; pauseMs = Math.min(RETRY_LIMIT_MS, pauseMs * 2)) {
      const ending = await runtime.invoke(call, run);
      if (ending.ended === 'returned') return ending.value;
      await scheduler.sleep(pauseMs);
    }
  }
}

function pathOf({ seller, gateway, paymentId }: PlannedPayment): string {
  return `${seller}/${gateway.name}/${encodeURIComponent(paymentId)}`;
}

/** In place of the digest of a raw request: a text that names the notification. */
function shaOf(key: string): string {
  return key.padEnd(SHA256_CHARS, '.');
}

/** The notification that a message of the payments queue came from. */
export function messageName(body: string): string {
  const [, name] = /"sha256":"([^".]+)/.exec(body) ?? /"paymentId":"([^"]+)/.exec(body) ?? [];
  return name ?? body.slice(0, 40);
}

/** The event that a message of the access queue carries. */
export function eventName(body: string): string {
  return /"detail":\{"id":"([^"]+)"/.exec(body)?.[1] ?? 'event';
}
