import type { Check } from '../checks/check.ts';
import { paymentsIn } from '../checks/records.ts';
import type { Fault } from '../faults/fault.ts';
import { invoiceOf, paymentOf, plot } from '../world/drafts.ts';
import type { OwnStory } from '../world/settings.ts';

// An example for `--with`: what it exports joins the faults, checks and stories of the simulator.

const LUNCH_MS = 3_600_000;

/** Somebody at the gateway goes to lunch, and a message waits for an hour. */
const lunchBreak: Fault = {
  name: 'lunch_break',
  rates: [0.1],
  onDeliveries: (deliveries, { strikes }) =>
    deliveries.map((delivery) =>
      strikes(delivery.key) ? { ...delivery, atMs: delivery.atMs + LUNCH_MS } : delivery,
    ),
};

/** This business takes no single payment of more than a million roubles. */
const noLargePayment: Check = {
  name: 'no large payment',
  check: ({ ledger }) =>
    paymentsIn(ledger)
      .filter(({ settled }) => settled > 100_000_000n)
      .map(({ name, settled }) => `payment ${name} settled ${settled}`),
};

/** The same payer pays three invoices of the same amount, a minute apart. */
const subscription: OwnStory = {
  name: 'subscription',
  weight: 1,
  plot(draft) {
    const invoices = [1, 2, 3].map((month) => ({
      ...invoiceOf(draft, { total: 99_000n, atMs: draft.startMs + month * 60_000 }),
      invoiceId: `sub_${draft.key}_${month}`,
    }));
    const payments = invoices.map(({ invoiceId }, at) =>
      paymentOf(draft, { invoiceId, amount: 99_000n, number: at + 1, mayReturn: false }),
    );
    return plot({ invoices, payments });
  },
};

export const faults = [lunchBreak];
export const checks = [noLargePayment];
export const stories = [subscription];
