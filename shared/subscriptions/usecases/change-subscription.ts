import { invariant } from '#shared/kernel/invariant.ts';
import { type Clock, laterOf } from '#shared/kernel/time.ts';
import type { Hash } from '#shared/ledger/domain/seal.ts';
import {
  type Change,
  type ChangeBody,
  type Command,
  contentHashOf,
  type SubscriptionRef,
} from '#shared/subscriptions/domain/change.ts';
import { decideChange } from '#shared/subscriptions/domain/decide-change.ts';
import { nextDueAt, progressAfter, progressAtStart } from '#shared/subscriptions/domain/due.ts';
import type { Refusal } from '#shared/subscriptions/domain/refusal.ts';
import { type Life, livesOf } from '#shared/subscriptions/domain/subscription.ts';
import type {
  LoadPlans,
  RulesOf,
  SellerRules,
  StoredSubscription,
  SubscriptionHead,
  SubscriptionStore,
} from '#shared/subscriptions/ports.ts';

/** How often a command that lost a race is decided again on what is there now. */
const ATTEMPTS_MAX = 8;

export type ChangeRequest = {
  readonly ref: SubscriptionRef;
  /** The caller's own: a repeat with it does nothing twice. */
  readonly commandId: string;
  readonly command: Command;
};

export type ChangeOutcome =
  | { readonly outcome: 'changed' | 'repeated'; readonly change: Change }
  /** The id was used for a command with other content. */
  | { readonly outcome: 'conflict'; readonly change: Change }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

export type ChangeSubscriptionDeps = {
  readonly store: SubscriptionStore;
  readonly loadPlans: LoadPlans;
  readonly rulesOf: RulesOf;
  readonly clock: Clock;
  readonly hash: Hash;
};

/** The same subscription was changed by others all the while. Trying again later helps. */
export class SubscriptionContended extends Error {
  constructor({ subscriptionId }: SubscriptionRef) {
    super(`subscription ${subscriptionId} changed ${ATTEMPTS_MAX} times meanwhile`);
    this.name = 'SubscriptionContended';
  }
}

/** Carries out a command on a subscription once, or says why not. */
export function createChangeSubscription(deps: ChangeSubscriptionDeps) {
  const { store, rulesOf, hash } = deps;
  return async (request: ChangeRequest): Promise<ChangeOutcome> => {
    const { ref, commandId } = request;
    const contentHash = contentHashOf(request.command, hash);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const stored = await store.read(ref);
      const before = stored?.changes.find((change) => change.commandId === commandId);
      if (before) {
        const isSame = before.contentHash === contentHash;
        return { outcome: isSame ? 'repeated' : 'conflict', change: before };
      }
      const rules = await rulesOf(ref.seller);
      const decided = await decide(deps, request, stored, rules);
      if ('refused' in decided) return { outcome: 'refused', refusal: decided.refused };
      const change = recorded(decided.body, { commandId, contentHash }, deps.clock, stored);
      if ((await store.append(headAfter(stored, change, { ref, rules }), change)) === 'saved')
        return { outcome: 'changed', change };
    }
    throw new SubscriptionContended(ref);
  };
}

async function decide(
  { loadPlans, clock }: ChangeSubscriptionDeps,
  { ref, command }: ChangeRequest,
  stored: StoredSubscription | undefined,
  { booksOpenFrom: closedBefore }: SellerRules,
) {
  const lives = livesOf(stored?.changes ?? []);
  const plans = await loadPlans(ref.seller, plansOf(command, lives.at(-1)));
  return decideChange(command, { ref, lives, plans, now: clock(), closedBefore });
}

/** The plans that a command names, and those that the items have or will have. */
function plansOf(command: Command, life: Life | undefined): readonly string[] {
  const ordered = 'items' in command ? command.items : [];
  const named = ordered.flatMap((item) => (item.kind === 'set' ? [item.planId] : []));
  const held = [...(life?.items.values() ?? [])].flatMap(({ plan }) =>
    plan.flatMap(({ value }) => (value ? [value.planId] : [])),
  );
  return [...new Set([...named, ...held])];
}

function recorded(
  body: ChangeBody,
  command: Pick<Change, 'commandId' | 'contentHash'>,
  clock: Clock,
  stored: StoredSubscription | undefined,
): Change {
  const last = stored?.changes.at(-1);
  const now = clock();
  // Clocks of two machines differ: what became known later is never recorded as known earlier.
  const recordedAt = last ? laterOf(now, last.recordedAt) : now;
  return { ...body, ...command, sequence: (last?.sequence ?? 0) + 1, recordedAt };
}

function headAfter(
  stored: StoredSubscription | undefined,
  change: Change,
  { ref, rules }: { readonly ref: SubscriptionRef; readonly rules: SellerRules },
): SubscriptionHead {
  const lives = livesOf([...(stored?.changes ?? []), change]);
  const last = lives.at(-1);
  invariant(last, `a ${change.kind} subscription has no life`);
  const { differences } = rules;
  const progress = stored
    ? { ...progressAfter(stored.head.progress, lives, change), differences }
    : progressAtStart(last, change.recordedAt, differences);
  return {
    ...ref,
    payerId: last.payerId,
    sequence: change.sequence,
    progress,
    nextDueAt: nextDueAt(lives, progress),
    version: (stored?.head.version ?? 0) + 1,
  };
}
