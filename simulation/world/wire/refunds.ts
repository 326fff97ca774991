import type { PaymentChange } from '#local/acquirers/payment.ts';
import type { PlannedPayment, Story } from '../story.ts';
import { factOf } from './plan.ts';

type Refunds = ReadonlyMap<PlannedPayment, readonly PaymentChange[]>;

/** The stories with what operators have had refunded: the oracle judges by the gateway's own books. */
export function withRefunds(stories: readonly Story[], refunds: Refunds): Story[] {
  return stories.map((story) =>
    story.refunds.length === 0
      ? story
      : { ...story, payments: story.payments.map((payment) => withFacts(payment, refunds)) },
  );
}

function withFacts(payment: PlannedPayment, refunds: Refunds): PlannedPayment {
  return {
    ...payment,
    facts: [...payment.facts, ...(refunds.get(payment) ?? []).map(factOf)],
  };
}

/** However often an operator clicked and a function crashed, each wish moves money at most once. */
export function refundProblems(stories: readonly Story[], refunds: Refunds): string[] {
  return stories.flatMap((story) =>
    story.payments.flatMap((payment) => {
      const wished = story.refunds.filter((one) => one.payment === payment);
      const left = wished.map(({ amount }) => amount);
      return (refunds.get(payment) ?? []).flatMap(({ refund }) => {
        const at = left.indexOf(refund?.amountMinor ?? -1n);
        if (at >= 0) left.splice(at, 1);
        return at >= 0 ? [] : [`refunds: ${payment.key} got ${refund?.amountMinor} once too often`];
      });
    }),
  );
}
