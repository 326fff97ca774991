import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createToldStore } from '#shared/events/adapters/told-store.ts';
import { createEventsFollower } from '#shared/events/usecases/restate-events.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { truthPages } from '#shared/ledger/adapters/scan-table.ts';
import {
  type CatchUpDeps,
  type CatchUpOptions,
  type CaughtUp,
  createCatchUp,
} from '#shared/ledger/usecases/catch-up.ts';
import { createSealFollower } from '#shared/ledger/usecases/catch-up-seal.ts';
import { readItems } from '#shared/payments/adapters/payment-store.ts';

export type LedgerCatchUpOptions = {
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly tables: { readonly ledger: string; readonly journal: string };
  /** Nothing is told without a bus. */
  readonly bus: string | undefined;
  readonly clock: Clock;
  readonly pause: CatchUpDeps['pause'];
  readonly onProgress?: (seen: number) => void;
};

/** The seal and the bus, brought up to the ledger table. */
export function createLedgerCatchUp(
  options: LedgerCatchUpOptions,
): (how: CatchUpOptions) => Promise<CaughtUp> {
  const { dynamodb, events, tables, bus, clock, pause, onProgress } = options;
  const ledger = { client: dynamodb, name: tables.ledger };
  const journal = { client: dynamodb, name: tables.journal };
  const seal = createSealFollower({ store: createJournalStore(journal), clock });
  const telling =
    bus === undefined
      ? []
      : [
          createEventsFollower({
            told: createToldStore(journal),
            send: createSendEvents(events, bus),
            clock,
          }),
        ];
  return createCatchUp({
    pages: () => truthPages(ledger),
    read: async (keys) => [...(await readItems(ledger, keys)).values()],
    followers: [seal, ...telling],
    pause,
    ...(onProgress && { onProgress }),
  });
}
