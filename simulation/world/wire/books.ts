import { Bank } from '#local/acquirers/bank.ts';
import type {
  GatewayName,
  PaymentChange,
  Refund,
  SimulatedPayment,
} from '#local/acquirers/payment.ts';

type Page = { readonly fromMs: number; readonly payment: SimulatedPayment };

/** The gateways' books with their past: what a payment looked like at any moment. */
export class Books extends Bank {
  readonly #pages = new Map<string, Page[]>();
  /** The moment that is looked at. A lagging replica of the gateway looks at an earlier one. */
  asOfMs = 0;

  /** Writes down what happens to a payment, from its opening on. */
  record(opened: SimulatedPayment, changes: readonly PaymentChange[]): void {
    const pages = [
      { fromMs: opened.createdAtMs, payment: opened },
      ...changes.map(({ atMs, payment }) => ({ fromMs: atMs, payment })),
    ];
    this.#pages.set(keyOf(opened.gateway, opened.seller, opened.id), pages);
  }

  override find(gateway: GatewayName, seller: string, id: string): SimulatedPayment | undefined {
    return this.#shown(this.#pages.get(keyOf(gateway, seller, id)));
  }

  override list(gateway: GatewayName, seller: string): SimulatedPayment[] {
    const prefix = keyOf(gateway, seller, '');
    return [...this.#pages].flatMap(([key, pages]) =>
      key.startsWith(prefix) ? (this.#shown(pages) ?? []) : [],
    );
  }

  #shown(pages: readonly Page[] = []): SimulatedPayment | undefined {
    return pages.findLast(({ fromMs }) => fromMs <= this.asOfMs)?.payment;
  }

  /** A refund that somebody has just ordered through the gateway's API. */
  override refund(
    payment: SimulatedPayment,
    refund: Pick<Refund, 'id' | 'amountMinor' | 'externalId'>,
  ): SimulatedPayment {
    const after = super.refund(payment, refund);
    const { gateway, seller, id } = payment;
    this.#pages.get(keyOf(gateway, seller, id))?.push({ fromMs: this.asOfMs, payment: after });
    return after;
  }

  /** The ids of all payments of a shop. */
  idsOf(gateway: string, seller: string): string[] {
    const prefix = keyOf(gateway, seller, '');
    return [...this.#pages.keys()].flatMap((key) =>
      key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
    );
  }
}

function keyOf(gateway: string, seller: string, id: string): string {
  return `${gateway}/${seller}/${id}`;
}
