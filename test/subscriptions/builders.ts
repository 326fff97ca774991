import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { type Instant, isInstant, laterOf } from '#shared/kernel/time.ts';
import type {
  Change,
  ChangeBody,
  Command,
  SetItem,
  StartCommand,
} from '#shared/subscriptions/domain/change.ts';
import { decideChange } from '#shared/subscriptions/domain/decide-change.ts';
import type { Refusal } from '#shared/subscriptions/domain/refusal.ts';
import { type Life, livesOf } from '#shared/subscriptions/domain/subscription.ts';
import { charge, day, flat, plan } from '#test/billing/builders.ts';
import { zone } from '#test/kernel/zones.ts';

export { day };

export const REF = { seller: 'school', subscriptionId: 'sub_1' };

export const BASIC = plan('basic', [charge(flat(300_000n))]);
export const PRO = plan('pro', [charge(flat(500_000n))]);
export const PLANS: readonly PlanVersion[] = [BASIC, PRO];

/** A moment, or midday of a day, in UTC. */
export function at(text: string): Instant {
  const moment = text.length === 10 ? `${text}T12:00:00.000Z` : text;
  if (!isInstant(moment)) throw new Error(`no moment: ${text}`);
  return moment;
}

export function set(planId: string, overrides: Partial<SetItem> = {}): SetItem {
  return { kind: 'set', itemId: 'main', planId, units: 1n, ...overrides };
}

export function start(overrides: Partial<StartCommand> = {}): StartCommand {
  return {
    kind: 'start',
    payerId: 'payer_00000001',
    currency: 'RUB',
    zone: zone('Europe/Moscow'),
    cycle: { unit: 'month', count: 1, alignment: 'anniversary' },
    activation: 'now',
    items: [set('basic')],
    ...overrides,
  };
}

export function recordedAs(body: ChangeBody, changes: readonly Change[], now: Instant): Change {
  const last = changes.at(-1);
  const sequence = (last?.sequence ?? 0) + 1;
  return {
    ...body,
    sequence,
    recordedAt: last ? laterOf(now, last.recordedAt) : now,
    commandId: `command-${sequence}`,
    contentHash: String(sequence),
  };
}

export type TryOptions = {
  readonly plans?: readonly PlanVersion[];
  readonly closedBefore?: string;
};

/** A subscription in a test's hand: commands come on days, and are refused or recorded. */
export class Subject {
  changes: readonly Change[] = [];
  readonly #options: TryOptions;

  constructor(options: TryOptions = {}) {
    this.#options = options;
  }

  /** The refusal of a command, or `undefined` when it was carried out. */
  try(on: string, command: Command): Refusal | undefined {
    const { plans = PLANS, closedBefore } = this.#options;
    const decided = decideChange(command, {
      ref: REF,
      lives: this.lives(),
      plans,
      now: at(on),
      closedBefore: closedBefore === undefined ? undefined : day(closedBefore),
    });
    if ('refused' in decided) return decided.refused;
    this.changes = [...this.changes, recordedAs(decided.body, this.changes, at(on))];
    return undefined;
  }

  do(on: string, command: Command): this {
    const refusal = this.try(on, command);
    if (refusal) throw new Error(`${refusal.path}: ${refusal.message}`);
    return this;
  }

  lives(knownAt?: string): readonly Life[] {
    return livesOf(this.changes, knownAt === undefined ? undefined : at(knownAt));
  }

  life(knownAt?: string): Life {
    const life = this.lives(knownAt).at(-1);
    if (!life) throw new Error('nothing has begun');
    return life;
  }
}

/** A subscription that began on a day at noon. */
export function begun(
  on: string,
  overrides: Partial<StartCommand> = {},
  options: TryOptions = {},
): Subject {
  return new Subject(options).do(on, start(overrides));
}
