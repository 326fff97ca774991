import { createEventsFollower } from '#shared/events/usecases/restate-events.ts';
import { truthPages } from '#shared/ledger/adapters/scan-table.ts';
import { type CaughtUp, createCatchUp } from '#shared/ledger/usecases/catch-up.ts';
import { createSealFollower } from '#shared/ledger/usecases/catch-up-seal.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';
import type { Cloud } from '../cloud.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { Product } from './product.ts';

export type CatchUpParts = {
  readonly cloud: Cloud;
  readonly product: Pick<Product, 'journal' | 'told' | 'send' | 'clock'>;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
};

const GRACE_MS = 120_000;
const TIMEOUT_MS = 900_000;
const RETRY_MS = 60_000;
/** While faults go on it may never come through; it is run again when they are over. */
const TRIES_MAX = 10;

/** `npm run ledger:catch-up`, by an operator who runs it again until nothing is left to do. */
export async function catchUpLedger(parts: CatchUpParts): Promise<void> {
  const { runtime, scheduler } = parts;
  const catchUp = catchUpOf(parts);
  const call = { fn: 'catch_up', subject: 'ledger', timeoutMs: TIMEOUT_MS };
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const ending = await runtime.invoke(call, () => catchUp({ graceMs: GRACE_MS }));
    if (ending.ended === 'returned' && isDone(ending.value)) return;
    await scheduler.sleep(RETRY_MS);
  }
}

function catchUpOf({ cloud, product, scheduler }: CatchUpParts) {
  const { journal, told, send, clock } = product;
  const ledger = { client: cloud.clients.dynamodb, name: 'ledger' };
  return createCatchUp({
    pages: () => truthPages(ledger, 100),
    read: async (keys) => [...(await readItems(ledger, keys)).values()],
    followers: [
      createSealFollower({ store: journal, clock }),
      createEventsFollower({ told, send, clock }),
    ],
    pause: (ms) => scheduler.sleep(ms),
  });
}

function isDone({ followers }: CaughtUp): boolean {
  return Object.values(followers).every(({ refused = 0 }) => refused === 0);
}
