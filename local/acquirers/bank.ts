import {
  type Dispute,
  type GatewayName,
  type Order,
  type PaymentChange,
  type Refund,
  refundedMinor,
  type SimulatedPayment,
} from './payment.ts';

/** An operation that the state of a payment does not allow. `code` is for the gateway's own error table. */
export class OperationRefused extends Error {
  readonly code: 'wrong_state' | 'amount_too_large';

  constructor(code: 'wrong_state' | 'amount_too_large', message: string) {
    super(message);
    this.name = 'OperationRefused';
    this.code = code;
  }
}

export type Opening = {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly id: string;
  readonly ids?: Readonly<Record<string, string>>;
  readonly order: Order;
};

type Listener = (change: PaymentChange) => void;

/** The books of the simulated gateways. A change is made in one turn, then told to the listener. */
export class Bank {
  readonly #payments = new Map<string, SimulatedPayment>();
  readonly #byShop = new Map<string, SimulatedPayment['id'][]>();
  readonly #now: () => number;
  readonly #listener: Listener;

  constructor(now: () => number, listener: Listener) {
    this.#now = now;
    this.#listener = listener;
  }

  open({ gateway, seller, id, ids: furtherIds = {}, order }: Opening): SimulatedPayment {
    const payment: SimulatedPayment = {
      ...order,
      gateway,
      seller,
      id,
      ids: furtherIds,
      createdAtMs: this.#now(),
      status: 'new',
      authorisedMinor: 0n,
      capturedMinor: 0n,
      isExpired: false,
      refunds: [],
      disputes: [],
    };
    const shop = shopKey(gateway, seller);
    this.#payments.set(paymentKey(gateway, id), payment);
    const ids = this.#byShop.get(shop);
    if (ids) ids.push(id);
    else this.#byShop.set(shop, [id]);
    return payment;
  }

  find(gateway: GatewayName, seller: string, id: string): SimulatedPayment | undefined {
    const payment = this.#payments.get(paymentKey(gateway, id));
    return payment?.seller === seller ? payment : undefined;
  }

  /** Every payment of a shop, in the order of creation. */
  list(gateway: GatewayName, seller: string): SimulatedPayment[] {
    const ids = this.#byShop.get(shopKey(gateway, seller)) ?? [];
    return ids.flatMap((id) => this.find(gateway, seller, id) ?? []);
  }

  authorise(payment: SimulatedPayment): SimulatedPayment {
    refuseUnless(payment.status === 'new' || payment.status === 'failed', 'it was paid already');
    const { amountMinor } = payment;
    const next = { ...payment, status: 'authorised' as const, authorisedMinor: amountMinor };
    return this.#save('authorised', next);
  }

  /** Captures a hold, or the whole amount at once for a one-stage payment. */
  capture(payment: SimulatedPayment, amountMinor = payment.amountMinor): SimulatedPayment {
    const isHeld = payment.status === 'authorised';
    const isOneStage = !payment.isTwoStage && ['new', 'failed'].includes(payment.status);
    refuseUnless(isHeld || isOneStage, `it is ${payment.status}`);
    limit(amountMinor, payment.amountMinor);
    return this.#save('captured', {
      ...payment,
      status: 'captured',
      authorisedMinor: payment.amountMinor,
      capturedMinor: amountMinor,
      capturedAtMs: this.#now(),
    });
  }

  decline(payment: SimulatedPayment, declineCode: string): SimulatedPayment {
    refuseUnless(payment.status === 'new' || payment.status === 'failed', 'it was paid already');
    return this.#save('declined', { ...payment, status: 'failed', declineCode });
  }

  /** Releases a hold or gives up an unpaid order. */
  cancel(payment: SimulatedPayment, isExpired = false): SimulatedPayment {
    refuseUnless(['new', 'authorised'].includes(payment.status), `it is ${payment.status}`);
    return this.#save('cancelled', { ...payment, status: 'cancelled', isExpired });
  }

  refund(
    payment: SimulatedPayment,
    { id, amountMinor, externalId }: Pick<Refund, 'id' | 'amountMinor' | 'externalId'>,
  ): SimulatedPayment {
    refuseUnless(payment.status === 'captured', 'nothing is captured');
    limit(amountMinor, payment.capturedMinor - refundedMinor(payment));
    const atMs = this.#now();
    const refund: Refund = {
      id,
      amountMinor,
      atMs,
      state: 'done',
      ...(externalId !== undefined && { externalId }),
    };
    return this.#save(
      'refunded',
      { ...payment, refunds: [...payment.refunds, refund] },
      { refund },
    );
  }

  /** A refund that the payer's bank sent back. */
  failRefund(payment: SimulatedPayment, id: string): SimulatedPayment {
    const done = payment.refunds.find((known) => known.id === id && known.state === 'done');
    if (!done) throw new OperationRefused('wrong_state', `there is no refund ${id}`);
    const refund: Refund = { ...done, state: 'failed' };
    const refunds = payment.refunds.map((known) => (known.id === id ? refund : known));
    return this.#save('refund_failed', { ...payment, refunds }, { refund });
  }

  openDispute(payment: SimulatedPayment, id: string, amountMinor: bigint): SimulatedPayment {
    refuseUnless(payment.status === 'captured', 'nothing is captured');
    limit(amountMinor, payment.capturedMinor);
    const dispute: Dispute = { id, amountMinor, atMs: this.#now(), state: 'open' };
    const disputes = [...payment.disputes, dispute];
    return this.#save('dispute_opened', { ...payment, disputes }, { dispute });
  }

  closeDispute(payment: SimulatedPayment, id: string, state: 'won' | 'lost'): SimulatedPayment {
    const open = payment.disputes.find((known) => known.id === id && known.state === 'open');
    if (!open) throw new OperationRefused('wrong_state', `there is no open dispute ${id}`);
    const dispute: Dispute = { ...open, state };
    const disputes = payment.disputes.map((known) => (known.id === id ? dispute : known));
    return this.#save(`dispute_${state}`, { ...payment, disputes }, { dispute });
  }

  #save(
    kind: PaymentChange['kind'],
    payment: SimulatedPayment,
    operation: Pick<PaymentChange, 'refund' | 'dispute'> = {},
  ): SimulatedPayment {
    this.#payments.set(paymentKey(payment.gateway, payment.id), payment);
    this.#listener({ kind, payment, atMs: this.#now(), ...operation });
    return payment;
  }
}

function refuseUnless(isAllowed: boolean, why: string): void {
  if (!isAllowed)
    throw new OperationRefused('wrong_state', `the payment does not allow this: ${why}`);
}

function limit(amountMinor: bigint, mostMinor: bigint): void {
  if (amountMinor <= 0n || amountMinor > mostMinor) {
    throw new OperationRefused('amount_too_large', `${amountMinor} is not within 1..${mostMinor}`);
  }
}

function paymentKey(gateway: GatewayName, id: string): string {
  return `${gateway}/${id}`;
}

function shopKey(gateway: GatewayName, seller: string): string {
  return `${gateway}/${seller}`;
}
