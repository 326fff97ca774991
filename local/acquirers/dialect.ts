import type { Bank, Opening } from './bank.ts';
import type { GatewayName, Order, PaymentChange, SimulatedPayment } from './payment.ts';

/** One HTTP request of a notification, to the webhook address of its `kind`. */
export type WireRequest = {
  readonly method: 'GET' | 'POST';
  /** The last segment of the webhook address where a gateway has one address per type. */
  readonly kind?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type WireResponse = { readonly status: number; readonly body: string };

/** One try to deliver. Stripe signs the moment of the try, Prodamus counts the tries. */
export type Send = { readonly attempt: number; readonly atMs: number };

export type Notification = {
  /** The event in the gateway's own word, for people. */
  readonly name: string;
  /** What the notification promises of money, for the record of deliveries. */
  readonly amountMinor: bigint;
  request(send: Send): WireRequest;
};

/** A call of the gateway's REST API. The path is relative to the shop's own base address. */
export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type ApiResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a simulated payment can go through at this gateway. */
export type Abilities = {
  readonly twoStage: boolean;
  readonly declines: boolean;
  /** Whether refunds are reported at all. */
  readonly refunds: boolean;
  /** Whether a refund can fail after it was reported as done. */
  readonly failedRefunds: boolean;
  readonly disputes: boolean;
  /** What a payer can do after a decline. */
  readonly afterDecline: 'final' | 'same_payment' | 'new_payment';
};

/** How one shop at one gateway speaks: its notifications, its API and its keys. */
export type AcquirerDialect = {
  readonly gateway: GatewayName;
  readonly abilities: Abilities;
  /** The waits between tries. When they are used up the gateway gives up. */
  readonly retryDelaysMs: readonly number[];
  /** How long the gateway waits for the answer. */
  readonly answerTimeoutMs: number;
  /** After so many failed tries later messages wait behind the failing one; absent when they never do. */
  readonly blocksAfterTries?: number;
  /** What the gateway says about a change; several messages where it says it in several. */
  notifications(change: PaymentChange): readonly Notification[];
  /** The documented success answer and nothing else. */
  isAcknowledged(response: WireResponse, request: WireRequest): boolean;
  /** A question asked before money is taken, where the gateway asks one. */
  question?(payment: SimulatedPayment): Notification;
  api(request: ApiRequest): ApiResponse;
  /** Fresh ids of a payment for an order, in the gateway's own shapes. */
  newIds(): Pick<Opening, 'id' | 'ids'>;
  /** What the merchant attaches to an order so that it comes back in the notifications. */
  attach(
    order: Pick<Order, 'reference' | 'invoiceId' | 'payerId'>,
  ): Readonly<Record<string, string>>;
  /** A fresh id of a refund or a dispute. */
  newOperationId(kind: 'refund' | 'dispute'): string;
  /** The account that the product keeps in its secret to work with this shop. */
  credentials(): Readonly<Record<string, unknown>>;
};

/** What a dialect is given. */
export type Shop = {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly bank: Bank;
  /** Base address of the simulated API of this shop, without a slash at the end. */
  readonly apiUrl: string;
  /** Address of the hosted page on which a payer pays this payment. */
  pageUrl(payment: SimulatedPayment): string;
  random(): number;
  now(): number;
  /** The key of the gateway itself (Robokassa, PayPal), made at start. */
  readonly rsa: RsaKey;
};

export type RsaKey = {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  /** A self-signed certificate of the same key. */
  readonly certificatePem: string;
};

/** Something obviously invented that stands where a real notification has a person. */
export const FAKE_PERSON = {
  email: 'ivan.vymyshlenny@example.com',
  phone: '+70000000000',
  name: 'IVAN VYMYSHLENNY',
  cardMask: '400000******0002',
  cardFirstSix: '400000',
  cardLastFour: '0002',
  cardExpiry: '12/31',
  ip: '198.51.100.7',
} as const;

export function sourceAddress(ip: string): Readonly<Record<string, string>> {
  return { 'x-priliv-source-ip': ip };
}

/** An answer of 200 to 299, whatever it says. */
export function isAnySuccess({ status }: WireResponse): boolean {
  return status >= 200 && status < 300;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const seconds = (count: number): number => count * SECOND_MS;
export const minutes = (count: number): number => count * MINUTE_MS;
export const hours = (count: number): number => count * HOUR_MS;

/** The same wait several times. */
export function times(count: number, delayMs: number): number[] {
  return Array.from({ length: count }, () => delayMs);
}

/** Waits that double from `firstMs` up to `longestMs` until `totalMs` is used up. */
export function doubling(firstMs: number, longestMs: number, totalMs: number): number[] {
  const delays: number[] = [];
  let sumMs = 0;
  for (
    let delayMs = firstMs;
    sumMs + delayMs <= totalMs;
    delayMs = Math.min(delayMs * 2, longestMs)
  ) {
    delays.push(delayMs);
    sumMs += delayMs;
  }
  return delays;
}
