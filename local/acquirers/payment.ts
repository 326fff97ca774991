export const GATEWAYS = [
  'yookassa',
  'tbank',
  'cloudpayments',
  'robokassa',
  'sber',
  'stripe',
  'adyen',
  'paypal',
  'prodamus',
] as const;
export type GatewayName = (typeof GATEWAYS)[number];

/** One refund or dispute, with the id that the gateway gave it. */
export type Refund = {
  readonly id: string;
  readonly amountMinor: bigint;
  readonly atMs: number;
  readonly state: 'done' | 'failed';
  /** The merchant's own key of the refund, when it gave one. */
  readonly externalId?: string;
};

export type Dispute = {
  readonly id: string;
  readonly amountMinor: bigint;
  readonly atMs: number;
  readonly state: 'open' | 'won' | 'lost';
};

/** What a merchant asks for: an order to be paid. */
export type Order = {
  /** The order reference that the merchant gave to the gateway. */
  readonly reference: string;
  readonly invoiceId: string;
  readonly payerId?: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly isTwoStage: boolean;
  readonly description: string;
  /** Where the payer goes back to. */
  readonly returnUrl?: string;
  /** Where to report, when the order said so; otherwise the address set in the cabinet. */
  readonly notificationUrl?: string;
  /** What the merchant attached and the gateway gives back unchanged. */
  readonly attached: Readonly<Record<string, string>>;
};

export type PaymentStatus = 'new' | 'authorised' | 'captured' | 'cancelled' | 'failed';

/** A payment as the gateway's own books have it. Never changed in place: each change is a new value. */
export type SimulatedPayment = Order & {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly id: string;
  /** Further ids of the same payment, for example the charge of a Stripe PaymentIntent. */
  readonly ids: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly status: PaymentStatus;
  readonly authorisedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly capturedAtMs?: number;
  readonly declineCode?: string;
  /** True when the order ran out of time instead of being cancelled by somebody. */
  readonly isExpired: boolean;
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
};

export function refundedMinor(payment: SimulatedPayment): bigint {
  return payment.refunds
    .filter(({ state }) => state === 'done')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

export function lostMinor(payment: SimulatedPayment): bigint {
  return payment.disputes
    .filter(({ state }) => state === 'lost')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

/** What the merchant has of the payment in the end. An open dispute still counts as paid. */
export function keptMinor(payment: SimulatedPayment): bigint {
  return payment.capturedMinor - refundedMinor(payment) - lostMinor(payment);
}

/** One change of a payment: what a gateway may report. */
export type PaymentChange = {
  readonly kind:
    | 'authorised'
    | 'captured'
    | 'declined'
    | 'cancelled'
    | 'refunded'
    | 'refund_failed'
    | 'dispute_opened'
    | 'dispute_won'
    | 'dispute_lost';
  /** The payment after the change. */
  readonly payment: SimulatedPayment;
  readonly atMs: number;
  readonly refund?: Refund;
  readonly dispute?: Dispute;
};
