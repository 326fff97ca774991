import { isJson } from '#local/kernel/input.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import type { EventEnvelope } from './entries.ts';
import { backoffMs, describeFailure, type Exhausted, whyNoRetry } from './retry.ts';
import type { Rule, Target } from './rules.ts';

/** What the bus hands over to the cloud around it. A rejected promise is a failed attempt. */
export type Delivery = {
  id: string;
  busName: string;
  ruleName: string;
  targetId: string;
  event: EventEnvelope;
  acceptedAtMs: number;
};

export type DeadLetterReason = {
  ruleArn: string;
  targetArn: string;
  errorCode: string;
  errorMessage: string;
  retryAttempts: number;
  exhausted: Exhausted;
};

export type DeliverEvents = {
  /** `payload` is the event, or what `Input` or `InputPath` make of it. */
  deliver(targetArn: string, payload: unknown, rule: Rule, target: Target): Promise<void>;
  deadLetter(queueArn: string, payload: unknown, reason: DeadLetterReason): Promise<void> | void;
};

function isIndex(text: string): boolean {
  return /^\d+$/.test(text);
}

/** `$.detail.items[0].id` */
function atPath(event: unknown, path: string): unknown {
  const steps = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  return steps.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return isIndex(step) ? value[Number(step)] : undefined;
    return isJson(value) ? value[step] : undefined;
  }, event);
}

export function payloadFor(target: Target, event: EventEnvelope): unknown {
  if (target.input !== undefined) return JSON.parse(target.input);
  if (target.inputPath !== undefined) return atPath(event, target.inputPath) ?? null;
  return event;
}

/** Carries accepted events to their targets until each is delivered or given up. */
export class Deliveries {
  readonly #host: Host;
  readonly #to: DeliverEvents;
  readonly #findRule: (busName: string, ruleName: string) => Rule | undefined;
  readonly pending = new Map<string, Delivery>();
  readonly #restored = new Set<string>();

  constructor(
    host: Host,
    to: DeliverEvents,
    findRule: (busName: string, ruleName: string) => Rule | undefined,
  ) {
    this.#host = host;
    this.#to = to;
    this.#findRule = findRule;
  }

  /** Starts a delivery that is already on record. */
  start(delivery: Delivery): void {
    this.pending.set(delivery.id, delivery);
    this.#attempt(delivery, 0);
  }

  /** After a restart: what was accepted but not delivered begins again, with its old age. */
  resume(): void {
    for (const id of this.#restored) {
      const delivery = this.pending.get(id);
      if (delivery) this.#attempt(delivery, 0);
    }
    this.#restored.clear();
  }

  /** Takes over a delivery of an earlier run; it waits for `resume`. */
  restore(delivery: Delivery): void {
    this.pending.set(delivery.id, delivery);
    this.#restored.add(delivery.id);
  }

  #attempt(delivery: Delivery, retries: number): void {
    const rule = this.#findRule(delivery.busName, delivery.ruleName);
    const target = rule?.targets.get(delivery.targetId);
    // A rule or target that was removed meanwhile takes its pending deliveries with it.
    if (!rule || !target) {
      this.#finish(delivery);
      return;
    }
    rule.counters.invocations += 1;
    const attempt = async () =>
      this.#to.deliver(target.arn, payloadFor(target, delivery.event), rule, target);
    attempt().then(
      () => this.#finish(delivery),
      (error: unknown) => this.#failed(delivery, retries, rule, target, error),
    );
  }

  #failed(delivery: Delivery, retries: number, rule: Rule, target: Target, error: unknown): void {
    const { clock, random } = this.#host;
    const nextAtMs = clock.now() + backoffMs(retries, random());
    const bornAtMs = delivery.acceptedAtMs;
    const exhausted = whyNoRetry(target, { error, retries, bornAtMs, nextAtMs });
    if (!exhausted) {
      clock.schedule(nextAtMs, () => this.#attempt(delivery, retries + 1));
      return;
    }
    rule.counters.failedInvocations += 1;
    this.#giveUp(delivery, rule, target, {
      ruleArn: rule.arn,
      targetArn: target.arn,
      ...describeFailure(error),
      retryAttempts: retries,
      exhausted,
    });
  }

  #giveUp(delivery: Delivery, rule: Rule, target: Target, reason: DeadLetterReason): void {
    const { deadLetterArn } = target;
    if (deadLetterArn === undefined) {
      this.#finish(delivery);
      return;
    }
    const send = async () =>
      this.#to.deadLetter(deadLetterArn, payloadFor(target, delivery.event), reason);
    send().then(
      () => {
        rule.counters.deadLettered += 1;
        this.#finish(delivery);
      },
      // AWS drops an event whose dead letter cannot be written; the count is all that tells of it.
      () => this.#finish(delivery),
    );
  }

  #finish({ id }: Delivery): void {
    if (!this.pending.delete(id)) return;
    this.#host.persist('events', { type: 'finished', ids: [id] });
  }
}

export function deliveriesRecord(deliveries: readonly Delivery[]): Json {
  return { type: 'accepted', deliveries };
}
