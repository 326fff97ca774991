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
import type { Product } from './product/product.ts';
import { type Arrival, arrivalsOf } from './world/deliveries.ts';
import type { PlannedAllocation, PlannedInvoice, Story } from './world/story.ts';

export type ActorsOptions = {
  readonly cloud: Cloud;
  readonly product: Product;
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
const SHA256_CHARS = 64;

/** Everybody outside: gateways that notify until somebody acknowledges, callers, and operators. */
export class Actors {
  readonly #options: ActorsOptions;
  /** What went wrong in a way that no fault explains. */
  readonly problems: string[] = [];
  deliveries = 0;

  constructor(options: ActorsOptions) {
    this.#options = options;
  }

  /** Puts everything of a story on the list of things to come. */
  tell(story: Story): void {
    const { choice, plan } = this.#options;
    for (const payment of story.payments) {
      for (const arrival of arrivalsOf(payment, choice, (all) => plan.onDeliveries(all)))
        this.#at(arrival.atMs, () => this.#notify(arrival));
    }
    for (const { key, body } of story.poison) this.#at(story.startMs, () => this.#send(key, body));
    for (const invoice of story.invoices) {
      const { atMs } = invoice;
      if (atMs !== undefined)
        this.#severalTimes(atMs, `create ${invoice.invoiceId}`, () => this.create(invoice));
    }
    for (const allocation of story.allocations) {
      const name = `allocate ${allocation.payment.paymentId}`;
      this.#severalTimes(allocation.atMs, name, () => this.allocate(allocation));
    }
  }

  #at(atMs: number, run: () => Promise<unknown>): void {
    const { scheduler } = this.#options;
    scheduler.schedule(Math.max(atMs, scheduler.now()), () => void run());
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

  async #send(key: string, MessageBody: string): Promise<void> {
    const { cloud } = this.#options;
    const QueueUrl = cloud.queueUrl(QUEUES.payments);
    await this.#untilDone({ fn: 'receive', subject: key, timeoutMs: RECEIVE_TIMEOUT_MS }, () =>
      cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
    );
  }

  async create(invoice: PlannedInvoice): Promise<void> {
    const { seller, invoiceId, payerId, currency, total } = invoice;
    const lines = [{ title: 'Course', amount: total, vatCode: '22' as const }];
    const request = { seller, invoiceId, payerId, currency, lines };
    const { outcome } = await this.#operator(`create ${invoiceId}`, () =>
      this.#options.product.createInvoice(request),
    );
    this.#options.onCreated(invoice);
    if (outcome === 'conflict')
      this.problems.push(`invoice ${invoiceId} was created as another one`);
  }

  async allocate({ payment, invoice }: PlannedAllocation): Promise<void> {
    const { seller, gateway, paymentId } = payment;
    await this.#operator(`allocate ${paymentId}`, () =>
      this.#options.product.allocate(
        { seller, gateway: gateway.name, paymentId },
        invoice.invoiceId,
        'operator',
      ),
    );
  }

  /** An operator puts every dead letter back into the queue. */
  async replayAll(): Promise<void> {
    const { product } = this.#options;
    const page = await this.#operator('list dead letters', () =>
      product.deadLetters.list({ limit: 1_000, after: undefined }),
    );
    for (const { id, about } of page.rows) {
      const subject = `replay ${about?.paymentId ?? 'unreadable'}`;
      await this.#operator(subject, () =>
        product.deadLetters.replay(id, 'operator', product.clock()),
      );
    }
  }

  replayAt(atMs: number): void {
    this.#at(atMs, () => this.replayAll());
  }

  #operator<T>(subject: string, run: () => Promise<T>): Promise<T> {
    return this.#untilDone({ fn: 'operate', subject, timeoutMs: OPERATOR_TIMEOUT_MS }, run);
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
