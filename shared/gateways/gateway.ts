import type * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import type { Money } from '#shared/kernel/money.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { OutboundFetch } from '#shared/platform/outbound/guarded-fetch.ts';

/** A notification exactly as it came. Nothing is parsed before it is verified. */
export type RawRequest = {
  readonly method: 'GET' | 'POST';
  /** The last path segment of the webhook URL where a gateway has one address per notification type. */
  readonly kind: string | undefined;
  /** The query text without `?`, untouched. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The peer address that the trusted front door saw. */
  readonly sourceIp: string;
  readonly receivedAt: Instant;
};

/** What the gateway expects to read. */
export type Acknowledgement = {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
};

/** Why a request was refused: the counter's dimension and what an operator reads. */
export const REFUSALS = [
  'signature_missing',
  'signature_mismatch',
  'timestamp_stale',
  'address_not_allowed',
  'account_mismatch',
  'test_message',
  'body_too_large',
  'body_malformed',
  'field_invalid',
  'amount_invalid',
  'currency_unknown',
  'status_unknown',
  'kind_unknown',
  'gateway_unknown',
  'seller_unknown',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What a notification turned out to be. */
export type Reception =
  /** Verified facts. More than one when the gateway sends a batch (Adyen). */
  | {
      readonly outcome: 'statements';
      readonly statements: readonly PaymentStatement[];
      readonly acknowledgement: Acknowledgement;
    }
  /** Verified and known, but it says nothing about the money of a payment (a receipt, a saved card). */
  | {
      readonly outcome: 'ignored';
      readonly because: string;
      readonly acknowledgement: Acknowledgement;
    }
  /** A question that is answered at once from the invoice (CloudPayments Check). */
  | {
      readonly outcome: 'question';
      readonly question: Question;
      answer(facts: InvoiceFacts | undefined): Acknowledgement;
    }
  /** Not authentic or not readable. `detail` names the field and never quotes a payload. */
  | {
      readonly outcome: 'refused';
      readonly refusal: Refusal;
      readonly detail: string;
      readonly acknowledgement: Acknowledgement;
    };

export type Question = {
  readonly invoiceId: string;
  readonly amount: Money;
  readonly payerId?: string;
};

/** What an answer to a question may be based on. */
export type InvoiceFacts = {
  readonly payerId: string;
  readonly due: Money;
  readonly isOpen: boolean;
};

/** What the caller must tell to create a payment or a link. */
export type LinkRequest = {
  /** The order reference for the gateway: the invoice id, with a suffix from the second link on. */
  readonly orderReference: string;
  readonly invoiceId: string;
  readonly payerId: string;
  readonly amount: Money;
  /** Shown to the payer; at most 100 characters, no personal data. */
  readonly description: string;
  readonly returnUrl: string;
  /** Hold now, capture later. */
  readonly twoStage: boolean;
  /** Where the gateway shall report; absent when it is set in the merchant's cabinet. */
  readonly notificationUrl?: string;
  /** Same key, same payment, where the gateway supports it. */
  readonly idempotencyKey: string;
};

export type PaymentLink = {
  readonly url: string;
  /** The gateway's payment id, when it exists already. */
  readonly paymentId?: string;
  readonly expiresAt?: Instant;
};

/** What is known before a re-read: some gateways tell only what is left, not what was. */
export type RereadRequest = {
  readonly paymentId: string;
  readonly invoiceId?: string;
  readonly currency?: Currency;
  readonly captured: bigint;
};

export type RefundRequest = {
  readonly paymentId: string;
  readonly amount: Money;
  /** What was captured: some gateways need to know whether the refund is a full one. */
  readonly captured: bigint;
  readonly idempotencyKey: string;
};

/** The gateway took the order to refund. The money moves when its notification or a re-read says so. */
export type RefundTicket = { readonly refundId?: string; readonly state: 'accepted' | 'done' };

export type Period = { readonly from: Instant; readonly to: Instant };

/** Everything an API client may use of the outside world. */
export type GatewayDeps = {
  /** The guarded way out; limited in time and size by the caller as well. */
  readonly fetch: OutboundFetch;
  now(): Instant;
};

/** The calls a gateway's API offers. A call that the gateway does not have is absent, not faked. */
export type GatewayApi<Account> = {
  createLink?(account: Account, request: LinkRequest, deps: GatewayDeps): Promise<PaymentLink>;
  /** Reads the payment's present state as absolute facts. Throws `GatewayUnavailable` when it cannot. */
  readPayment?(
    account: Account,
    request: RereadRequest,
    deps: GatewayDeps,
  ): Promise<PaymentStatement>;
  refund?(account: Account, request: RefundRequest, deps: GatewayDeps): Promise<RefundTicket>;
  /** All payments of a period, oldest first, following the gateway's own pages. */
  listPayments?(
    account: Account,
    period: Period,
    deps: GatewayDeps,
  ): AsyncIterable<PaymentStatement>;
};

/** One payment gateway: a folder, and one line in the registry. */
export type Gateway<Account extends AccountBase = AccountBase> = {
  readonly name: string;
  /** HTTP methods that the gateway's notifications use. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** Values of the last path segment; empty when there is one address for everything. */
  readonly kinds: readonly string[];
  /** The credentials of one seller at this gateway. */
  readonly account: z.ZodType<Account>;
  /** Verifies on raw bytes, then reads. Never throws for bad input: it refuses. */
  receive(request: RawRequest, account: Account, deps: GatewayDeps): Promise<Reception>;
  /** The answer, in the gateway's dialect, when the request cannot even be given to `receive`. */
  refusalFor(refusal: Refusal): Acknowledgement;
  readonly api: GatewayApi<Account>;
};

/** What every gateway account has. */
export type AccountBase = {
  readonly seller: string;
  /** A test shop: its messages may be marked as tests. A live account refuses them. */
  readonly test: boolean;
  /** Base address of the gateway's API. Its default is the gateway's own. */
  readonly apiBaseUrl: string;
};

/** The gateway's API cannot be asked now: try again later. */
export class GatewayUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GatewayUnavailable';
  }
}

/** The gateway's API understood and declined: a retry changes nothing. */
export class GatewayDeclined extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'GatewayDeclined';
    this.code = code;
  }
}
