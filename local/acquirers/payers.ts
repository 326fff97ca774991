import type { Bank } from './bank.ts';
import type { AcquirerDialect, WireRequest } from './dialect.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Send } from './http-sender.ts';
import { type GatewayName, keptMinor, type Order, type SimulatedPayment } from './payment.ts';
import { isPossible, isTwoStage, type Scenario, type Step } from './scenario.ts';
import type { Shops } from './shops.ts';

export type Wish = {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly invoiceId: string;
  readonly payerId?: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly scenario: Scenario;
};

/** What came of a payer's try. */
export type Paid = {
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly paymentId: string;
  readonly invoiceId: string;
  readonly currency: string;
  /** `refused`: the merchant or the gateway did not let the payment begin. */
  readonly outcome: 'paid' | 'declined' | 'cancelled' | 'held' | 'refused';
  readonly capturedMinor: bigint;
  /** What must stand on the invoice in the end: captured, less refunds and lost disputes. */
  readonly settledMinor: bigint;
};

type Deps = {
  readonly bank: Bank;
  readonly shops: Shops;
  readonly dispatcher: Dispatcher;
  readonly send: Send;
  address(payment: SimulatedPayment, request: WireRequest): string;
  isOut(gateway: GatewayName): boolean;
  now(): number;
};

/** The people who pay: they open an order and go through a scenario with it. */
export class Payers {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async pay(wish: Wish): Promise<Paid> {
    const { gateway, seller, scenario } = wish;
    const dialect = this.#deps.shops.open(gateway, seller);
    if (!isPossible(scenario, dialect.abilities)) {
      throw new Error(
        `${gateway} cannot do this scenario: ${scenario.steps.map(({ does }) => does).join(', ')}`,
      );
    }
    const ids = dialect.newIds();
    const payment = this.#deps.bank.open({
      gateway,
      seller,
      ...ids,
      order: orderOf(wish, dialect),
    });
    return this.play(payment, scenario);
  }

  /** Runs a scenario on an order that exists, for example one whose page a person has opened. */
  async play(payment: SimulatedPayment, scenario: Scenario): Promise<Paid> {
    const { gateway, seller, id } = payment;
    const { bank, dispatcher, shops } = this.#deps;
    const dialect = shops.open(gateway, seller);
    if (!(await this.#mayBegin(payment, dialect))) return paidOf(payment, 'refused');
    dispatcher.follow(payment, scenario);
    for (const step of scenario.steps) {
      const current = bank.find(gateway, seller, id);
      if (current) takeStep(bank, dialect, current, step);
    }
    dispatcher.release(payment);
    const after = bank.find(gateway, seller, id) ?? payment;
    return paidOf(after, OUTCOMES[after.status]);
  }

  /** CloudPayments asks the merchant first. No answer, or any answer but yes, and nothing is charged. */
  async #mayBegin(payment: SimulatedPayment, dialect: AcquirerDialect): Promise<boolean> {
    const question = dialect.question?.(payment);
    if (!question) return true;
    if (this.#deps.isOut(payment.gateway)) return false;
    const request = question.request({ attempt: 1, atMs: this.#deps.now() });
    try {
      const url = this.#deps.address(payment, request);
      const answer = await this.#deps.send(url, request, dialect.answerTimeoutMs);
      return dialect.isAcknowledged(answer, request);
    } catch {
      return false;
    }
  }
}

const OUTCOMES = {
  new: 'refused',
  authorised: 'held',
  captured: 'paid',
  cancelled: 'cancelled',
  failed: 'declined',
} as const;

function orderOf(wish: Wish, dialect: AcquirerDialect): Order {
  const { invoiceId, payerId, amountMinor, currency, scenario } = wish;
  const own = { reference: invoiceId, invoiceId, ...(payerId !== undefined && { payerId }) };
  return {
    ...own,
    amountMinor,
    currency,
    isTwoStage: isTwoStage(scenario),
    description: `Счёт ${invoiceId}`,
    attached: dialect.attach(own),
  };
}

function takeStep(
  bank: Bank,
  dialect: AcquirerDialect,
  payment: SimulatedPayment,
  step: Step,
): void {
  switch (step.does) {
    case 'authorise':
      bank.authorise(payment);
      return;
    case 'capture':
      bank.capture(payment);
      return;
    case 'decline':
      bank.decline(payment, DECLINE_CODES[payment.gateway]);
      return;
    case 'cancel':
      bank.cancel(payment);
      return;
    case 'refund': {
      const share = (payment.capturedMinor * BigInt(step.percent)) / 100n;
      const amountMinor = share > 0n ? share : 1n;
      bank.refund(payment, { id: dialect.newOperationId('refund'), amountMinor });
      return;
    }
    case 'fail_refund':
      bank.failRefund(payment, payment.refunds.at(-1)?.id ?? '');
      return;
    case 'open_dispute':
      bank.openDispute(payment, dialect.newOperationId('dispute'), payment.capturedMinor);
      return;
    case 'close_dispute':
      bank.closeDispute(payment, payment.disputes.at(-1)?.id ?? '', step.as);
  }
}

/** Not enough money on the card, in each gateway's own words. */
const DECLINE_CODES: Readonly<Record<GatewayName, string>> = {
  yookassa: 'insufficient_funds',
  tbank: '1051',
  cloudpayments: '5051',
  robokassa: '',
  sber: '116',
  stripe: 'insufficient_funds',
  adyen: 'Not enough balance',
  paypal: 'INSUFFICIENT_FUNDS',
  prodamus: 'order_denied',
};

function paidOf(payment: SimulatedPayment, outcome: Paid['outcome']): Paid {
  const { gateway, seller, id, invoiceId, currency, capturedMinor } = payment;
  const settledMinor = keptMinor(payment);
  return {
    gateway,
    seller,
    paymentId: id,
    invoiceId,
    currency,
    outcome,
    capturedMinor,
    settledMinor,
  };
}
