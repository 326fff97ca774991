import type { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Clock } from '#shared/kernel/time.ts';
import { createWatchStore } from '#shared/ledger/adapters/watch-store.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import { createWatchLedger } from '#shared/ledger/usecases/watch-ledger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { Cloud } from '../cloud.ts';
import type { Runtime } from '../kernel/runtime.ts';

/** What the product's own watch over the ledger has said in a run. */
export type Watched = {
  /** How often it said that the seal is whole, and that it is broken. */
  whole: number;
  broken: number;
  /** The first root of each day, as the locked bucket keeps it. */
  readonly roots: Map<string, string>;
};

export type WatchSealParts = {
  readonly cloud: Cloud;
  readonly runtime: Runtime;
  readonly journal: JournalStore;
  readonly clock: Clock;
};

/** The job `watch-ledger`. Gives a run of it that says whether more is left to verify, and what it has said. */
export function createSealWatch({ cloud, runtime, journal, clock }: WatchSealParts) {
  const watched: Watched = { whole: 0, broken: 0, roots: new Map() };
  let moved = false;
  const table = (name: string) => ({ client: cloud.clients.dynamodb, name });
  const store = createWatchStore({
    ledger: table('ledger'),
    journal: table('journal'),
    deliveries: table('deliveries'),
    s3: lockedBucket(runtime, watched.roots),
    rootsBucket: 'roots',
  });
  const watchLedger = createWatchLedger({
    journal,
    watch: {
      ...store,
      async saveCheckpoint(head) {
        await store.saveCheckpoint(head);
        moved = true;
      },
    },
    metrics: countingMetrics(watched),
    clock,
  });
  const run = async (): Promise<boolean> => {
    moved = false;
    await watchLedger();
    return moved;
  };
  return { run, watched };
}

function countingMetrics(watched: Watched): Metrics {
  return {
    add(name, value) {
      if (name === 'SealBroken') watched[value === 0 ? 'whole' : 'broken']++;
    },
    flush() {},
  };
}

/** A bucket that keeps the first object of a name, in place of the S3 client. */
function lockedBucket(runtime: Runtime, kept: Map<string, string>) {
  const put = async ({ input }: PutObjectCommand): Promise<object> => {
    const { Key = '', Body = '' } = input;
    await runtime.call('s3', 'PutObject', { Key }, async () => {
      if (kept.has(Key)) throw Object.assign(new Error('kept'), { name: 'PreconditionFailed' });
      kept.set(Key, String(Body));
      return {};
    });
    return {};
  };
  // The watch sends one kind of command, and nothing else of a client is asked for.
  return { send: put } as unknown as Parameters<typeof createWatchStore>[0]['s3'];
}
