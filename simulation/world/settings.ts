import type { GatewayName } from '#local/acquirers/payment.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { Draft } from './drafts.ts';
import { GATEWAYS, type Gateway, type Plot, type StoryKind } from './story.ts';

/** A kind of story that is not one of the simulator's own. The oracle judges it by its common rules. */
export type OwnStory = {
  readonly name: string;
  /** How often it is told, beside the weights of the other kinds. */
  readonly weight: number;
  plot(draft: Draft): Plot;
};

/** What the world of a run is made of. */
export type World = {
  readonly sellers: readonly [string, ...string[]];
  /** Gateways that are only a way to talk. */
  readonly dialects: readonly Gateway[];
  /** Gateways of the product's registry with a simulated acquirer. */
  readonly acquirers: readonly GatewayName[];
  /** How many of the stories that could be on the wire are. */
  readonly wireShare: number;
  readonly currencies: readonly [Currency, ...Currency[]];
  /** Minor units; absent leaves to each kind of story what suits it. */
  readonly amounts: { readonly min: bigint; readonly max: bigint } | undefined;
  /** Each kind as often as its weight. */
  readonly kinds: readonly [string, ...string[]];
  readonly ownStories: readonly OwnStory[];
  readonly payers: number;
  /** Milliseconds from one payment to the next; a seed takes one of them. */
  readonly pauseMs: readonly [number, ...number[]];
};

/** How often each kind is told: mostly what is usual, and each oddity in every hundred. */
export const WEIGHTS: Readonly<Record<StoryKind, number>> = {
  single: 5,
  instalments: 2,
  rivals: 1,
  top_up: 1,
  stranger: 1,
  mistyped: 1,
  other_currency: 1,
  returned: 1,
  contradiction: 1,
  poison: 1,
};

export function kindsByWeight(weights: Readonly<Record<string, number>>): string[] {
  return Object.entries(weights).flatMap(([kind, weight]) =>
    Array.from({ length: weight }, () => kind),
  );
}

export const DEFAULT_WORLD: World = {
  sellers: ['school', 'gym'],
  dialects: GATEWAYS,
  acquirers: [
    'yookassa',
    'tbank',
    'cloudpayments',
    'robokassa',
    'sber',
    'stripe',
    'adyen',
    'paypal',
    'prodamus',
  ],
  wireShare: 1 / 8,
  currencies: ['RUB'],
  amounts: undefined,
  kinds: ['single', ...kindsByWeight({ ...WEIGHTS, single: WEIGHTS.single - 1 })],
  ownStories: [],
  payers: 20,
  pauseMs: [20, 200, 5_000],
};
