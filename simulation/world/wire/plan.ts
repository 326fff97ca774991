import type { Bank } from '#local/acquirers/bank.ts';
import type { Abilities, AcquirerDialect } from '#local/acquirers/dialect.ts';
import type { GatewayName, PaymentChange, SimulatedPayment } from '#local/acquirers/payment.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { Choice } from '../../kernel/choice.ts';
import type { Fact } from '../history.ts';
import type { PlannedPayment } from '../story.ts';
import { Shops } from './shops.ts';

/** What happens to a payment in the gateway's own books. Plain values: they outlive a run. */
export type WirePlan = {
  readonly gateway: GatewayName;
  readonly opened: SimulatedPayment;
  readonly changes: readonly PaymentChange[];
};

export type WirePaymentOptions = {
  readonly choice: Choice;
  readonly key: string;
  readonly gateway: GatewayName;
  readonly seller: string;
  readonly invoiceId: string;
  readonly reference: string;
  readonly payerId: string;
  readonly currency: Currency;
  readonly amount: bigint;
  readonly startMs: number;
  readonly paceMs: number;
  readonly mayReturn: boolean;
  /** Nothing but the money itself: whoever plans refunds of their own needs it captured. */
  readonly isPlain: boolean;
};

/** An order is made a while before it is paid: a lagging API shows it unpaid. */
const ORDERED_BEFORE_MS = 3_600_000;
const DECLINE_CODE = '1051';
/** A payment has no name here before it is captured: of a hold that is let go nobody hears. */
const KNOWN_BY_CAPTURE: ReadonlySet<GatewayName> = new Set(['paypal']);

/** Shops to plan with, kept with the choices that they are drawn from. */
const PLANNERS = new WeakMap<Choice, Planner>();

class Planner {
  nowMs = 0;
  changes: PaymentChange[] = [];
  readonly shops: Shops;

  constructor(choice: Choice) {
    this.shops = new Shops(
      choice,
      () => this.nowMs,
      (change) => this.changes.push(change),
    );
  }
}

function plannerOf(choice: Choice): Planner {
  const planner = PLANNERS.get(choice) ?? new Planner(choice);
  PLANNERS.set(choice, planner);
  return planner;
}

export function abilitiesOf(choice: Choice, gateway: GatewayName, seller: string): Abilities {
  return plannerOf(choice).shops.dialect(gateway, seller).abilities;
}

/** A payment at a simulated acquirer, with everything that this gateway lets happen and reports. */
export function planWirePayment(options: WirePaymentOptions): PlannedPayment {
  const { choice, key, gateway, seller, currency, invoiceId, payerId } = options;
  const planner = plannerOf(choice);
  const dialect = planner.shops.dialect(gateway, seller);
  const tale = new Tale(options, planner, dialect);
  const changes = tale.tell();
  const facts = changes.map(factOf);
  return {
    seller,
    gateway: { name: gateway, tells: 'totals', isAsked: 'never' },
    paymentId: tale.opened.id,
    invoiceId,
    payerId,
    currency,
    facts,
    key,
    wire: { gateway, opened: tale.opened, changes },
  };
}

type Operation = (bank: Bank, payment: SimulatedPayment) => SimulatedPayment;

class Tale {
  readonly opened: SimulatedPayment;
  readonly #options: WirePaymentOptions;
  readonly #planner: Planner;
  readonly #dialect: AcquirerDialect;
  readonly #changes: PaymentChange[] = [];
  #payment: SimulatedPayment;
  #atMs: number;

  constructor(options: WirePaymentOptions, planner: Planner, dialect: AcquirerDialect) {
    this.#options = options;
    this.#planner = planner;
    this.#dialect = dialect;
    this.#atMs = options.startMs;
    planner.nowMs = options.startMs - ORDERED_BEFORE_MS;
    this.opened = this.#open();
    this.#payment = this.opened;
  }

  #open(): SimulatedPayment {
    const { choice, key, gateway, seller, invoiceId, payerId, currency, amount, reference } =
      this.#options;
    const { shops } = this.#planner;
    const order = { reference, invoiceId, payerId };
    const isTwoStage = this.#dialect.abilities.twoStage && choice.chance(`${key}:twoStage`, 0.3);
    return shops.within(`${key}:order`, () =>
      shops.books.open({
        gateway,
        seller,
        ...this.#dialect.newIds(),
        order: {
          ...order,
          amountMinor: amount,
          currency,
          isTwoStage,
          description: `Счёт ${invoiceId}`,
          attached: this.#dialect.attach(order),
        },
      }),
    );
  }

  tell(): PaymentChange[] {
    const { choice, key, gateway, mayReturn, isPlain } = this.#options;
    const { abilities } = this.#dialect;
    if (!isPlain && abilities.declines && choice.chance(`${key}:declined`, 0.1)) {
      this.#try('decline', (bank, payment) => bank.decline(payment, DECLINE_CODE));
      if (abilities.afterDecline !== 'same_payment') return this.#changes;
    }
    if (this.#payment.isTwoStage) {
      this.#try('authorise', (bank, payment) => bank.authorise(payment));
      if (!isPlain && !KNOWN_BY_CAPTURE.has(gateway) && choice.chance(`${key}:released`, 0.1)) {
        const isReleased = this.#try('cancel', (bank, payment) => bank.cancel(payment));
        if (isReleased) return this.#changes;
      }
    }
    this.#try('capture', (bank, payment) => bank.capture(payment));
    if (mayReturn && !isPlain && choice.chance(`${key}:returns`, 0.6)) this.#giveBack();
    return this.#changes;
  }

  #giveBack(): void {
    const { choice, key } = this.#options;
    const { abilities } = this.#dialect;
    if (abilities.disputes && choice.chance(`${key}:disputed`, 0.4)) this.#dispute();
    else if (abilities.refunds) this.#refund();
  }

  #refund(): void {
    const { choice, key } = this.#options;
    const { abilities } = this.#dialect;
    let left = this.#payment.capturedMinor;
    for (let at = 0; at < choice.int(`${key}:refunds`, 1, 3) && left > 0n; at++) {
      const amountMinor = choice.amount(`${key}:share${at}`, left);
      const id = this.#newId('refund', at);
      this.#try(`refund${at}`, (bank, payment) => bank.refund(payment, { id, amountMinor }));
      const fails = abilities.failedRefunds && choice.chance(`${key}:fails${at}`, 0.2);
      const hasFailed =
        fails && this.#try(`fail${at}`, (bank, payment) => bank.failRefund(payment, id));
      if (!hasFailed) left -= amountMinor;
    }
  }

  #dispute(): void {
    const { choice, key } = this.#options;
    const id = this.#newId('dispute', 0);
    const isOpen = this.#try('dispute', (bank, payment) =>
      bank.openDispute(payment, id, payment.capturedMinor),
    );
    if (!isOpen || choice.chance(`${key}:stays`, 0.3)) return;
    const as = choice.chance(`${key}:verdict`, 0.5) ? 'won' : 'lost';
    this.#try('verdict', (bank, payment) => bank.closeDispute(payment, id, as));
  }

  #newId(kind: 'refund' | 'dispute', at: number): string {
    const { key } = this.#options;
    return this.#planner.shops.within(`${key}:${kind}${at}`, () =>
      this.#dialect.newOperationId(kind),
    );
  }

  /** What a gateway would not report does not happen here: nobody could know of it. */
  #try(name: string, run: Operation): boolean {
    const { choice, key, paceMs } = this.#options;
    const { shops } = this.#planner;
    this.#planner.nowMs = this.#atMs + choice.int(`${key}:${name}:after`, 1, paceMs);
    this.#planner.changes = [];
    const after = run(shops.books, this.#payment);
    const [change] = this.#planner.changes;
    const told = change ? shops.within(name, () => this.#dialect.notifications(change)) : [];
    if (!change || told.length === 0) return false;
    this.#atMs = this.#planner.nowMs;
    this.#payment = after;
    this.#changes.push(change);
    return true;
  }
}

const KINDS = {
  authorised: ['payment.authorised', 'authorised', 'authorised'],
  captured: ['payment.captured', 'captured', 'captured'],
  declined: ['payment.failed', 'failed', undefined],
  cancelled: ['payment.cancelled', 'cancelled', undefined],
  refunded: ['refund.succeeded', 'captured', 'refunded'],
  refund_failed: ['refund.failed', 'captured', 'refundFailed'],
  dispute_opened: ['dispute.opened', 'captured', 'disputed'],
  dispute_won: ['dispute.won', 'captured', 'disputeWon'],
  dispute_lost: ['dispute.lost', 'captured', 'disputeLost'],
} as const;

/** A change in the gateway's books as the oracle counts it. */
export function factOf({ kind, payment, atMs, refund, dispute }: PaymentChange): Fact {
  const [told, lifecycle, total] = KINDS[kind];
  const operation = refund ?? dispute;
  const amounts: Partial<Record<PaymentChange['kind'], bigint>> = {
    authorised: payment.amountMinor,
    captured: payment.capturedMinor,
  };
  return {
    kind: told,
    lifecycle,
    total,
    atMs,
    id: operation?.id ?? '',
    amount: operation?.amountMinor ?? amounts[kind] ?? 0n,
  };
}
