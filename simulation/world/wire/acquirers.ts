import { createHash } from 'node:crypto';
import type { AcquirerDialect, Notification, WireRequest } from '#local/acquirers/dialect.ts';
import type { GatewayName, PaymentChange } from '#local/acquirers/payment.ts';
import { isGatewayName } from '#local/acquirers/shops.ts';
import type { OutboundFetch, OutboundInit } from '#shared/platform/outbound/guarded-fetch.ts';
import type { RereadStrike } from '../../faults/fault.ts';
import type { Choice } from '../../kernel/choice.ts';
import type { Runtime } from '../../kernel/runtime.ts';
import type { Scheduler } from '../../kernel/scheduler.ts';
import type { PlannedPayment } from '../story.ts';
import { API_ORIGIN, Shops } from './shops.ts';

export type AcquirersOptions = {
  readonly choice: Choice;
  readonly scheduler: Scheduler;
  readonly runtime: Runtime;
  readonly payments: readonly PlannedPayment[];
  onReread(key: string): RereadStrike | undefined;
};

/** A message that a gateway sends, signed anew with every try. */
export type WireNotification = {
  readonly key: string;
  readonly atMs: number;
  readonly payment: PlannedPayment;
  readonly notification: Notification;
};

type Call = { readonly url: URL; readonly init: OutboundInit; readonly payment: string };

/** The acquirers of one run: what they notify, and what their APIs answer. */
export class Acquirers {
  readonly #options: AcquirersOptions;
  readonly #shops: Shops;
  readonly #asked = new Map<string, number>();
  readonly #byId = new Map<string, PlannedPayment>();
  /** What a raw request is called in the trace, by its digest in the queue's messages. */
  readonly #names = new Map<string, string>();
  readonly #onRefund: ((payment: PlannedPayment, change: PaymentChange) => void)[] = [];
  /** What was refunded on demand, after all that was planned. */
  readonly refunds = new Map<PlannedPayment, PaymentChange[]>();

  constructor(options: AcquirersOptions) {
    const { choice, scheduler, payments } = options;
    this.#options = options;
    this.#shops = new Shops(
      choice,
      () => scheduler.now(),
      (change) => this.#changed(change),
    );
    for (const payment of payments) this.#register(payment);
  }

  #register(payment: PlannedPayment): void {
    const { wire, seller, paymentId } = payment;
    if (!wire) return;
    this.#shops.dialect(wire.gateway, seller);
    this.#shops.books.record(wire.opened, wire.changes);
    this.#byId.set(`${wire.gateway}/${seller}/${paymentId}`, payment);
  }

  knows({ gateway, seller, paymentId }: Record<'gateway' | 'seller' | 'paymentId', string>) {
    return this.#byId.has(`${gateway}/${seller}/${paymentId}`);
  }

  /** The accounts of the sellers, by gateway, as the product keeps them in its secrets. */
  secrets(): Map<GatewayName, Record<string, unknown>> {
    const all = new Map<GatewayName, Record<string, unknown>>();
    for (const { wire, seller } of this.#byId.values()) {
      if (!wire) continue;
      const { gateway } = wire;
      const accounts = all.get(gateway) ?? {};
      all.set(gateway, accounts);
      accounts[seller] = this.#shops.dialect(gateway, seller).credentials();
    }
    return all;
  }

  dialectOf({ wire, seller }: PlannedPayment): AcquirerDialect {
    if (!wire) throw new Error('the payment is not on the wire');
    return this.#shops.dialect(wire.gateway, seller);
  }

  /** Everything that the gateway says of what happens to a payment. */
  notificationsOf(payment: PlannedPayment): WireNotification[] {
    return (payment.wire?.changes ?? []).flatMap((change, at) =>
      this.#told(payment, change, `${payment.key}/w${at}`),
    );
  }

  #told(payment: PlannedPayment, change: PaymentChange, key: string): WireNotification[] {
    const { atMs } = change;
    return this.#shops
      .within(key, () => this.dialectOf(payment).notifications(change))
      .map((notification, at) => ({ key: `${key}.${at}`, atMs, payment, notification }));
  }

  /** The question that is asked before money is taken, where the gateway asks one. */
  questionOf(payment: PlannedPayment): WireNotification | undefined {
    const { wire } = payment;
    const key = `${payment.key}/question`;
    const notification =
      wire && this.#shops.within(key, () => this.dialectOf(payment).question?.(wire.opened));
    return notification && { key, atMs: 0, payment, notification };
  }

  /** One try to deliver. */
  request({ key, notification }: WireNotification, attempt: number): WireRequest {
    const atMs = this.#options.scheduler.now();
    const request = this.#shops.within(`${key}:try${attempt}`, () =>
      notification.request({ attempt, atMs }),
    );
    this.#names.set(digestOf(request), key);
    return request;
  }

  /** The notification behind a message of the queue. */
  nameOf(sha256: string): string | undefined {
    return this.#names.get(sha256);
  }

  onRefund(tell: (payment: PlannedPayment, change: PaymentChange) => void): void {
    this.#onRefund.push(tell);
  }

  /** Only refunds happen on demand; everything else was planned. */
  #changed(change: PaymentChange): void {
    const { gateway, seller, id } = change.payment;
    const payment = this.#byId.get(`${gateway}/${seller}/${id}`);
    if (!payment || change.kind !== 'refunded') return;
    const all = this.refunds.get(payment) ?? [];
    this.refunds.set(payment, [...all, change]);
    for (const tell of this.#onRefund) tell(payment, change);
  }

  /** What the gateway says of a refund that was just ordered. */
  refundNotifications(payment: PlannedPayment, change: PaymentChange): WireNotification[] {
    const at = (this.refunds.get(payment) ?? []).indexOf(change);
    return this.#told(payment, change, `${payment.key}/refund${at}`);
  }

  /** The way out of the functions: it ends in the simulated APIs, under the faults of the run. */
  readonly fetch: OutboundFetch = async (address, init = {}) => {
    const { runtime, scheduler } = this.#options;
    const url = new URL(address);
    const call = { url, init, payment: this.#paymentIn(url, init.body ?? '') };
    const strike = this.#strikeOn(call);
    let response: Response | undefined;
    await runtime.call('gateway', 'api', {}, async () => {
      response = this.#answer(call, strike, scheduler.now());
      return {};
    });
    if (!response) throw new TypeError('fetch failed');
    return response;
  };

  #strikeOn({ payment }: Call): RereadStrike | undefined {
    const times = (this.#asked.get(payment) ?? 0) + 1;
    this.#asked.set(payment, times);
    return this.#options.onReread(`${payment}:ask${times}`);
  }

  /** What a call is about, for the names of faults: they must not depend on other payments. */
  #paymentIn({ pathname, search }: URL, body: string): string {
    const [, gateway = '', seller = ''] = pathname.split('/');
    const id = this.#shops.books
      .idsOf(gateway, seller)
      .find((known) => pathname.includes(known) || search.includes(known) || body.includes(known));
    return `${gateway}/${seller}${id === undefined ? pathname : `:${id}`}`;
  }

  #answer(
    { url, init, payment }: Call,
    strike: RereadStrike | undefined,
    nowMs: number,
  ): Response | undefined {
    if (strike?.do === 'unavailable') return outage(this.#options.choice, payment);
    if (strike?.do === 'decline') return Response.json({}, { status: 403 });
    const [, gateway = '', seller = '', ...rest] = url.pathname.split('/');
    if (url.origin !== API_ORIGIN || !isGatewayName(gateway))
      throw new Error(`nobody is at ${url.origin}${url.pathname}`);
    const { books } = this.#shops;
    books.asOfMs = nowMs - (strike?.do === 'stale' && init.method !== 'POST' ? strike.byMs : 0);
    const key = `${payment}:answer${this.#asked.get(payment)}`;
    const { status, headers, body } = this.#shops.within(key, () =>
      this.#shops.dialect(gateway, seller).api({
        method: init.method ?? 'GET',
        path: `/${rest.join('/')}`,
        query: url.search.slice(1),
        headers: lowerCased(init.headers ?? {}),
        body: init.body ?? '',
      }),
    );
    return new Response(body, { status, ...(headers && { headers }) });
  }
}

/** An outage looks different each time: no connection, a proxy's page, or too many requests. */
function outage(choice: Choice, key: string): Response | undefined {
  const status = choice.pick(`${key}:outage`, [0, 502, 503, 429]);
  return status === 0 ? undefined : new Response('<html>sorry</html>', { status });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** As the product identifies a message: by what the sender controls. */
function digestOf({ method, kind = '', query = '', body }: WireRequest): string {
  return createHash('sha256').update(`${method}\n${kind}\n${query}\n`).update(body).digest('hex');
}
