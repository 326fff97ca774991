import { STORIES_FROM_MS } from '../simulation.ts';
import type { Fact } from '../world/history.ts';
import { GATEWAYS, type PlannedInvoice, type PlannedPayment, type Story } from '../world/story.ts';
import type { EnumeratedStory } from './stories.ts';
import type { Trouble } from './troubles.ts';

/**
 * Two payments name the same invoice, which does not exist, and are settled together. While that is
 * looked up, an operator moves one of them to another invoice: they belong apart from then on.
 */
const PAID_MS = STORIES_FROM_MS;
const REFUNDED_MS = PAID_MS + 600_000;
/** When both refunds come to the queue. */
const SENT_MS = REFUNDED_MS + 5_000;
/** How long the second look at the ledger takes; the operator decides in the middle of it. */
const HELD_MS = 10_000;

const BASE = { seller: 'school', currency: 'RUB' as const };
const INVOICE: PlannedInvoice = {
  ...BASE,
  invoiceId: 'inv_00000002',
  payerId: 'payer_00000002',
  total: 50_000n,
  atMs: undefined,
};
const [GATEWAY] = GATEWAYS;
const PAYMENTS = [0, 1].map(
  (at): PlannedPayment => ({
    ...BASE,
    key: `moved${at}`,
    gateway: GATEWAY,
    paymentId: `moved${at}`,
    invoiceId: 'inv_00000001',
    payerId: undefined,
    facts: [fact('captured', 20_000n, PAID_MS), fact('refunded', 5_000n, REFUNDED_MS)],
  }),
);

function fact(total: 'captured' | 'refunded', amount: bigint, atMs: number): Fact {
  const kind = total === 'captured' ? 'payment.captured' : 'refund.succeeded';
  const id = total === 'captured' ? '' : 'refund';
  return { total, id, amount, atMs, kind, lifecycle: 'captured' };
}

const STORY: Story = {
  index: 0,
  kind: 'mistyped',
  startMs: PAID_MS,
  invoices: [INVOICE],
  payments: PAYMENTS,
  allocations: PAYMENTS.slice(0, 1).map((payment) => ({
    payment,
    invoice: INVOICE,
    atMs: SENT_MS + HELD_MS / 2,
  })),
  refunds: [],
  poison: [],
};

/** The refunds come to the queue together, and the second look at the ledger takes its time. */
const hold: Trouble = ({ key, fn, operation }, { scheduler }) => {
  const now = scheduler.now();
  if (now < REFUNDED_MS || now > SENT_MS + HELD_MS / 2) return undefined;
  const isSent = fn === 'receive' && operation === 'SendMessage';
  const isSecondLook = fn === 'settle' && operation === 'BatchGetItem' && key.endsWith('#2');
  if (!isSent && !isSecondLook) return undefined;
  return {
    do: 'narrow',
    narrow: async (run) => {
      await scheduler.sleep(isSent ? SENT_MS - now : HELD_MS);
      return run();
    },
  };
};

export const MOVED_MEANWHILE: EnumeratedStory = {
  name: 'moved meanwhile',
  story: STORY,
  trouble: hold,
};
