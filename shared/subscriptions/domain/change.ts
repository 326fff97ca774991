import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { Zone } from '#shared/kernel/zone.ts';
import type { Hash } from '#shared/ledger/domain/seal.ts';
import { canonical } from '#shared/ledger/domain/seal.ts';
import type { Cycle } from './cycle.ts';

/** The id is the seller's own. It may be used again when the subscription has ended. */
export type SubscriptionRef = { readonly seller: string; readonly subscriptionId: string };

/** Whether access opens with the subscription, or with the first payment. */
export type Activation = 'now' | 'when_paid';

/** A day that has passed is allowed: what it changes of the past is billed as a difference. */
export type When = 'immediately' | 'at_period_end' | { readonly on: LocalDate };

/** What is asked for an item from a day on. */
export type ItemOrder =
  /** This plan and so many units: an add-on, an upgrade, a downgrade. */
  | {
      readonly kind: 'set';
      readonly itemId: string;
      readonly planId: string;
      /** Without it: the version that the item has, or the newest one when the plan is new to it. */
      readonly version?: number;
      readonly units: bigint;
    }
  /** So many units of whatever plan it has. */
  | { readonly kind: 'units'; readonly itemId: string; readonly units: bigint }
  | { readonly kind: 'remove'; readonly itemId: string };

export type SetItem = Extract<ItemOrder, { kind: 'set' }>;

export type StartCommand = {
  readonly kind: 'start';
  readonly payerId: string;
  readonly currency: Currency;
  readonly zone: Zone;
  /** Periods are counted from the first day. */
  readonly cycle: Omit<Cycle, 'anchor'>;
  /** Today when absent. */
  readonly start?: LocalDate;
  /** `end` is the first day that is not free. */
  readonly trial?: { readonly days: number } | { readonly end: LocalDate };
  readonly activation: Activation;
  readonly items: readonly SetItem[];
};

export type Command =
  | StartCommand
  | { readonly kind: 'change_items'; readonly when: When; readonly items: readonly ItemOrder[] }
  | { readonly kind: 'move_trial_end'; readonly end: LocalDate }
  | { readonly kind: 'pause'; readonly when: When; readonly until?: LocalDate }
  | { readonly kind: 'resume'; readonly when: When }
  /** `unused: 'keep'` charges the period to its end, though access ends before. */
  | { readonly kind: 'cancel'; readonly when: When; readonly unused: 'credit' | 'keep' }
  | { readonly kind: 'withdraw_cancellation' }
  /** The first payment has come, or nothing was to be paid. */
  | { readonly kind: 'activate' };

/** What was decided for an item: the version is known. */
export type ItemChange =
  | (SetItem & { readonly version: number })
  | Exclude<ItemOrder, { kind: 'set' }>;

/** What a change says. `effectiveOn` is the first day for which something differs. */
export type ChangeBody = { readonly effectiveOn: LocalDate } & (
  | (SubscriptionRef & {
      readonly kind: 'started';
      readonly payerId: string;
      readonly currency: Currency;
      readonly zone: Zone;
      readonly cycle: Cycle;
      readonly trialEnd: LocalDate | undefined;
      readonly activation: Activation;
      readonly items: readonly ItemChange[];
    })
  | { readonly kind: 'items_changed'; readonly items: readonly ItemChange[] }
  | { readonly kind: 'trial_moved'; readonly trialEnd: LocalDate }
  | { readonly kind: 'paused'; readonly until: LocalDate | undefined }
  | { readonly kind: 'resumed' }
  /** Access ends on `effectiveOn`; charges go on until `chargedUntil`, the same day or a later one. */
  | { readonly kind: 'cancelled'; readonly chargedUntil: LocalDate }
  | { readonly kind: 'cancellation_withdrawn' }
  | { readonly kind: 'activated' }
);

/** One entry of a subscription's history, which is only ever added to. */
export type Change = ChangeBody & {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  /** When it became known: never earlier than the change before it. */
  readonly recordedAt: Instant;
  readonly commandId: string;
  /** SHA-256 of the command: the same id with other content is a conflict. */
  readonly contentHash: string;
};

/** Identifies what a command asks for, in whatever order its fields are. */
export function contentHashOf(command: Command, hash: Hash): string {
  const items = 'items' in command ? command.items : [];
  const texts = items.map((item) =>
    'units' in item ? { ...item, units: String(item.units) } : item,
  );
  return hash(canonical({ ...command, items: texts }));
}
