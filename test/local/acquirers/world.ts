import { Bank } from '#local/acquirers/bank.ts';
import type { AcquirerDialect, WireRequest } from '#local/acquirers/dialect.ts';
import {
  type GatewayName,
  keptMinor,
  type PaymentChange,
  type SimulatedPayment,
} from '#local/acquirers/payment.ts';
import { createRsaKey } from '#local/acquirers/rsa-key.ts';
import { Shops } from '#local/acquirers/shops.ts';

export const NOON = Date.parse('2026-11-22T12:00:00.000Z');
export const SELLER = 'acme';
export const BASE = 'http://127.0.0.1:1';

/** Keys take long to make, and no test needs one of its own. */
const RSA = createRsaKey('Test', NOON);

/** A seeded stream of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One shop at one gateway without any network: changes give requests, calls give answers. */
export class World {
  nowMs = NOON;
  readonly changes: PaymentChange[] = [];
  readonly bank = new Bank(
    () => this.nowMs,
    (change) => {
      this.changes.push(change);
      this.nowMs += 1_000;
    },
  );
  readonly random = seeded(7);
  readonly shops = new Shops({
    bank: this.bank,
    url: BASE,
    rsa: RSA,
    random: this.random,
    now: () => this.nowMs,
  });
  readonly dialect: AcquirerDialect;
  readonly gateway: GatewayName;

  constructor(gateway: GatewayName) {
    this.gateway = gateway;
    this.dialect = this.shops.open(gateway, SELLER);
  }

  open(overrides: Partial<SimulatedPayment> = {}): SimulatedPayment {
    const own = { reference: 'inv_72', invoiceId: 'inv_72', payerId: 'payer_AbCd1234' };
    const order = {
      ...own,
      amountMinor: 490_000n,
      currency: 'RUB',
      isTwoStage: false,
      description: 'Счёт inv_72',
      attached: this.dialect.attach(own),
      ...overrides,
    };
    return this.bank.open({
      gateway: this.gateway,
      seller: SELLER,
      ...this.dialect.newIds(),
      order,
    });
  }

  current(payment: SimulatedPayment): SimulatedPayment {
    return this.bank.find(this.gateway, SELLER, payment.id) ?? payment;
  }

  /** Every request that the gateway would send so far, in order. */
  requests(attempt = 1): WireRequest[] {
    return this.changes
      .flatMap((change) => this.dialect.notifications(change))
      .map((notification) => notification.request({ attempt, atMs: this.nowMs }));
  }

  /** The gateway's API as a `fetch`. Anything else on the network is an error. */
  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const prefix = `/${this.gateway}/${SELLER}`;
    if (url.origin !== BASE || !url.pathname.startsWith(prefix)) {
      throw new Error(`nothing answers at ${url.href}`);
    }
    const { status, headers, body } = this.dialect.api({
      method: request.method,
      path: url.pathname.slice(prefix.length) || '/',
      query: url.search.slice(1),
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
    return new Response(status === 204 ? null : body, {
      status,
      ...(headers && { headers: { ...headers } }),
    });
  };

  kept(payment: SimulatedPayment): bigint {
    return keptMinor(this.current(payment));
  }
}
