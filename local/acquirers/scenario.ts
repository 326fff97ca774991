import type { Abilities } from './dialect.ts';

/** One thing that happens to a payment. Amounts are a share of what was captured, in percent. */
export type Step =
  | { readonly does: 'authorise' | 'capture' | 'decline' | 'cancel' | 'open_dispute' }
  | { readonly does: 'refund'; readonly percent: number }
  | { readonly does: 'fail_refund' }
  | { readonly does: 'close_dispute'; readonly as: 'won' | 'lost' };

/** What happens to a payment, and what happens to the notifications of it on their way. */
export type Scenario = {
  readonly steps: readonly Step[];
  /** How often each notification is sent. */
  readonly copies?: readonly [least: number, most: number];
  /** In which order the notifications leave. In any other than `as_sent` they wait for the last step. */
  readonly order?: 'as_sent' | 'reversed' | 'shuffled';
  /** How much later a notification leaves than the change it reports, before scaling. */
  readonly delayMs?: readonly [least: number, most: number];
  /** No notification is ever sent: only the API knows. */
  readonly isLost?: boolean;
};

const capture: Step = { does: 'capture' };
const authorise: Step = { does: 'authorise' };
const refund = (percent: number): Step => ({ does: 'refund', percent });
const dispute: Step = { does: 'open_dispute' };

export const SCENARIOS = {
  plain: { steps: [capture] },
  two_stage: { steps: [authorise, capture] },
  hold_released: { steps: [authorise, { does: 'cancel' }] },
  declined: { steps: [{ does: 'decline' }] },
  declined_then_paid: { steps: [{ does: 'decline' }, capture] },
  partial_refund: { steps: [capture, refund(30)] },
  // Two equal refunds look alike at some gateways: counting messages would lose one of them.
  several_refunds: { steps: [capture, refund(20), refund(20), refund(10)] },
  full_refund: { steps: [capture, refund(100)] },
  failed_refund: { steps: [capture, refund(40), { does: 'fail_refund' }] },
  refund_before_payment: { steps: [capture, refund(30)], order: 'reversed' },
  dispute_opened: { steps: [capture, dispute] },
  dispute_won: { steps: [capture, dispute, { does: 'close_dispute', as: 'won' }] },
  dispute_lost: { steps: [capture, dispute, { does: 'close_dispute', as: 'lost' }] },
  duplicates: { steps: [capture], copies: [2, 3] },
  reordered: { steps: [authorise, capture, refund(30)], order: 'shuffled', copies: [1, 2] },
  late: { steps: [capture], delayMs: [5_000, 180_000] },
  lost: { steps: [capture], isLost: true },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Whether a gateway has and reports everything that happens here. */
export function isPossible({ steps }: Scenario, abilities: Abilities): boolean {
  return steps.every(({ does }) => {
    switch (does) {
      case 'authorise':
        return abilities.twoStage;
      case 'decline':
        // A payment goes on after a decline only where the same payment can be tried again.
        return (
          abilities.declines && (steps.length === 1 || abilities.afterDecline === 'same_payment')
        );
      case 'refund':
        return abilities.refunds;
      case 'fail_refund':
        return abilities.failedRefunds;
      case 'open_dispute':
      case 'close_dispute':
        return abilities.disputes;
      default:
        return true;
    }
  });
}

export function isTwoStage({ steps }: Scenario): boolean {
  return steps.some(({ does }) => does === 'authorise');
}
