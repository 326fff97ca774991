import { randomInt } from 'node:crypto';
import * as z from 'zod';
import type { GatewayName } from '#local/acquirers/payment.ts';
import type { ScenarioName } from '#local/acquirers/scenario.ts';
import {
  type InvoiceOrder,
  runSpike,
  type SpikeOptions,
  type SpikeResult,
} from '#local/acquirers/spike.ts';
import type { OperatorClient } from './operator-client.ts';
import { DEMO_SELLER, type World } from './world.ts';

/** What payers of an evening do: mostly they pay, sometimes the notifications misbehave. */
const MIXED: Partial<Record<ScenarioName, number>> = {
  plain: 60,
  duplicates: 12,
  two_stage: 6,
  reordered: 5,
  partial_refund: 4,
  several_refunds: 2,
  refund_before_payment: 2,
  full_refund: 1,
  declined: 2,
  declined_then_paid: 2,
  dispute_opened: 1,
  dispute_won: 1,
  dispute_lost: 1,
  late: 1,
};
const CREATORS = 8;
const CREATE_ATTEMPTS_MAX = 20;
const WARM_UP_PAYMENTS = 4;
const DEADLINE_SECONDS = 120;
const INBOX_PAGE = 100;

export type SpikeSettings = Pick<
  SpikeOptions,
  'basePerSecond' | 'peak' | 'secondsBefore' | 'secondsPeak' | 'onProgress'
> & {
  readonly gateways: readonly GatewayName[];
  readonly mix: 'mixed' | 'plain';
};

const times = z
  .record(z.string(), z.unknown())
  .transform(
    (all) =>
      Object.fromEntries(
        Object.entries(all).filter(([, value]) => typeof value === 'string'),
      ) as Record<string, string>,
  );
const invoiceView = z.object({
  status: z.string(),
  paid: z.string(),
  payments: z.array(z.object({ gateway: z.string(), paymentId: z.string(), settled: z.string() })),
  lastPayment: z.object({ times }).exactOptional(),
});
const paymentView = z.object({ stages: times.exactOptional() });
const inboxView = z.object({
  payments: z.array(z.unknown()),
  nextCursor: z.string().exactOptional(),
});

/** Runs a spike against a world, looking at it only through the operator API and the journal. */
export async function spikeIn(
  world: World,
  { mix, ...settings }: SpikeSettings,
): Promise<SpikeResult> {
  await warmUp(world, settings.gateways);
  const { operator, acquirers } = world;
  return runSpike({
    ...settings,
    acquirers,
    random: () => randomInt(0, 2 ** 40) / 2 ** 40,
    scenarioMix: mix === 'plain' ? { plain: 1 } : MIXED,
    deadlineSeconds: DEADLINE_SECONDS,
    createInvoices: (orders) => createInvoices(operator, orders, settings.onProgress),
    observe: {
      async invoice(id) {
        const { status, body } = await operator.get(`/v1/invoices/${DEMO_SELLER}/${id}`);
        return status === 200 ? invoiceView.parse(body) : undefined;
      },
      async payment(gateway, paymentId) {
        const path = `/v1/payments/${DEMO_SELLER}/${gateway}/${encodeURIComponent(paymentId)}`;
        const { status, body } = await operator.get(path);
        return status === 200 ? { times: paymentView.parse(body).stages ?? {} } : undefined;
      },
      unmatched: () => countInbox(operator),
      journal: () => settledJournal(world),
    },
  });
}

/**
 * Pays a few invoices through each gateway that nobody counts: the spike measures a system that has
 * been running, not the first call of each function.
 */
async function warmUp(
  { operator, acquirers }: World,
  gateways: readonly GatewayName[],
): Promise<void> {
  const orders = gateways.flatMap((gateway) =>
    Array.from({ length: WARM_UP_PAYMENTS }, (_, index) => ({
      gateway,
      id: `warm_${gateway}_${index}_${randomInt(1e9)}`.slice(0, 30),
      payerId: `payer_warm${randomInt(1e8, 1e9)}`,
      currency: 'RUB',
      amountMinor: 10_000n,
    })),
  );
  await createInvoices(operator, orders, undefined);
  for (const { gateway, id, payerId, currency, amountMinor } of orders) {
    await acquirers.pay({
      gateway,
      scenario: 'plain',
      invoiceId: id,
      payerId,
      currency,
      amountMinor,
    });
  }
  await acquirers.drained();
}

async function createInvoices(
  operator: OperatorClient,
  orders: readonly InvoiceOrder[],
  onProgress: SpikeOptions['onProgress'],
): Promise<void> {
  const rest = [...orders];
  const work = async () => {
    for (let order = rest.pop(); order; order = rest.pop()) {
      await createOne(operator, order);
      onProgress?.({ phase: 'invoices', done: orders.length - rest.length, total: orders.length });
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, work));
}

/** The API limits its callers; one that is told to slow down does so. */
async function createOne(operator: OperatorClient, order: InvoiceOrder): Promise<void> {
  for (let attempt = 1; attempt <= CREATE_ATTEMPTS_MAX; attempt++) {
    const { status } = await operator.post('/v1/invoices', {
      seller: DEMO_SELLER,
      id: order.id,
      payerId: order.payerId,
      currency: order.currency,
      lines: [{ title: 'Evening course', amount: String(order.amountMinor), vat: '22' }],
    });
    if (status === 201 || status === 200) return;
    if (status !== 429) throw new Error(`creating an invoice answered ${status}`);
    await new Promise((resolve) => setTimeout(resolve, attempt * 100));
  }
  throw new Error('the operator API stays busy');
}

async function countInbox(operator: OperatorClient): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await operator.get(
      `/v1/inbox?seller=${DEMO_SELLER}&limit=${INBOX_PAGE}${after}`,
    );
    const page = inboxView.parse(body);
    count += page.payments.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return count;
}

/** The seal follows the ledger by a moment: looks again while versions are on their way. */
async function settledJournal({ verify }: World): Promise<{ balanced: boolean; entries: number }> {
  const LOOKS_MAX = 20;
  let last = await verify();
  for (let look = 1; look < LOOKS_MAX && last.unsealed > 0; look++) last = await verify();
  return { balanced: last.faults.length === 0 && last.unsealed === 0, entries: last.entries };
}
