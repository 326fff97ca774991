import type { DeliveryEngine } from './delivery-engine.ts';
import type { Notification } from './dialect.ts';
import type { PaymentChange, SimulatedPayment } from './payment.ts';
import type { Scenario } from './scenario.ts';
import type { Shops } from './shops.ts';

type Outgoing = { readonly notification: Notification; readonly payment: SimulatedPayment };

/**
 * Decides how the notifications of a change leave: as the gateway would, or as the scenario of this
 * payment has it (several times, late, in another order, never).
 */
export class Dispatcher {
  readonly #shops: Shops;
  readonly #engine: DeliveryEngine;
  readonly #random: () => number;
  readonly #timeScale: number;
  readonly #plans = new Map<string, { readonly scenario: Scenario; readonly held: Outgoing[] }>();

  constructor(shops: Shops, engine: DeliveryEngine, random: () => number, timeScale: number) {
    this.#shops = shops;
    this.#engine = engine;
    this.#random = random;
    this.#timeScale = timeScale;
  }

  /** From now on the notifications of this payment follow the scenario. */
  follow(payment: SimulatedPayment, scenario: Scenario): void {
    this.#plans.set(keyOf(payment), { scenario, held: [] });
  }

  /** The scenario is over: what it held back leaves now, later changes are reported plainly. */
  release(payment: SimulatedPayment): void {
    const plan = this.#plans.get(keyOf(payment));
    this.#plans.delete(keyOf(payment));
    if (!plan) return;
    const { held, scenario } = plan;
    const copies = held.flatMap((one) => this.#copiesOf(one, scenario));
    if (scenario.order === 'reversed') copies.reverse();
    if (scenario.order === 'shuffled') shuffle(copies, this.#random);
    for (const { one, copy } of copies) this.#send(one, copy, scenario);
  }

  report(change: PaymentChange): void {
    const { payment } = change;
    const dialect = this.#shops.open(payment.gateway, payment.seller);
    const plan = this.#plans.get(keyOf(payment));
    for (const notification of dialect.notifications(change)) {
      const one = { notification, payment };
      const scenario = plan?.scenario;
      if (plan && (scenario?.order ?? 'as_sent') !== 'as_sent') plan.held.push(one);
      else for (const { copy } of this.#copiesOf(one, scenario)) this.#send(one, copy, scenario);
    }
  }

  #copiesOf(one: Outgoing, scenario: Scenario | undefined): { one: Outgoing; copy: number }[] {
    const [least, most] = scenario?.copies ?? [1, 1];
    const count = least + Math.floor(this.#random() * (most - least + 1));
    return Array.from({ length: count }, (_, at) => ({ one, copy: at + 1 }));
  }

  #send({ notification, payment }: Outgoing, copy: number, scenario: Scenario | undefined): void {
    const [least, most] = scenario?.delayMs ?? [0, 0];
    const delayMs = (least + this.#random() * (most - least)) * this.#timeScale;
    const isLost = scenario?.isLost ?? false;
    const dialect = this.#shops.open(payment.gateway, payment.seller);
    this.#engine.enqueue({ dialect, notification, payment, copy, delayMs, isLost });
  }
}

function shuffle(list: unknown[], random: () => number): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
}

function keyOf({ gateway, id }: SimulatedPayment): string {
  return `${gateway}/${id}`;
}
