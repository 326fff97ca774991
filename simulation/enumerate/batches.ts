import type { CallSite, CallStrike, Fault } from '../faults/fault.ts';
import { Choice } from '../kernel/choice.ts';
import { type RunParts, type SimulationResult, STORIES_FROM_MS, simulate } from '../simulation.ts';
import { stateText } from '../state.ts';
import type { Fact } from '../world/history.ts';
import { GATEWAYS, type PlannedPayment, type Story } from '../world/story.ts';

/** As many messages as a batch of the settle function holds. */
export const BATCH_SIZE = 10;
export const SUBSETS = 2 ** BATCH_SIZE;

/**
 * - `reported`: these messages could not be settled, and the function says so.
 * - `deleted_in_vain`: the function has settled all, and the deletion of these got lost.
 */
export type BatchEnd = 'reported' | 'deleted_in_vain';

export type BatchRun = {
  readonly end: BatchEnd;
  /** One bit for each message of the batch. */
  readonly subset: number;
  /** Whether the first batch held all ten, and exactly the subset came again. */
  readonly isExact: boolean;
  readonly isSameEnd: boolean;
  readonly problems: readonly string[];
};

/** Lets one batch of ten messages end with each of these subsets undone, a run each. */
export async function enumerateBatches(
  end: BatchEnd,
  subsets: Iterable<number>,
): Promise<BatchRun[]> {
  const wanted = stateText((await runBatch(end, 0)).result);
  const runs: BatchRun[] = [];
  for (const subset of subsets) {
    const { result, isExact } = await runBatch(end, subset);
    const isSameEnd = stateText(result) === wanted;
    runs.push({ end, subset, isExact, isSameEnd, problems: result.problems });
  }
  return runs;
}

async function runBatch(
  end: BatchEnd,
  subset: number,
): Promise<{ result: SimulationResult; isExact: boolean }> {
  const isIn = (at: number) => (subset & (1 << at)) !== 0;
  let isExact = false;
  let isFirst = true;
  const watch: Fault['onBatch'] & {} = (told, { key, ids, names }) => {
    if (!isFirst || !key.startsWith('settle/')) return told;
    isFirst = false;
    const undone = ids.filter((_, at) => isIn(indexOf(names[at])));
    const again = end === 'reported' ? told : undone;
    isExact = ids.length === BATCH_SIZE && [...again].sort().join() === [...undone].sort().join();
    return again;
  };
  const asked = new Set<string>();
  const refuse: Fault['onReread'] & {} = (key) => {
    const name = key.replace(/:ask\d+$/, '');
    const isAgain = asked.has(name);
    asked.add(name);
    return !isAgain && isIn(indexOf(name)) ? { do: 'unavailable' } : undefined;
  };
  const fault: Fault = {
    name: 'subset',
    rates: [1],
    onBatch: watch,
    ...(end === 'reported' && { onReread: refuse }),
  };
  const result = await simulate({
    seed: SEED,
    world: [tenPayments(end === 'reported')],
    faults: [fault],
    strikes: new Set(),
    ...heldTogether(),
  });
  return { result, isExact };
}

/** A seed of which the first poll of the queue takes as many as there may be. */
const SEED = (() => {
  for (let seed = 1; ; seed++)
    if (new Choice(seed).int('payments poll 0', 1, BATCH_SIZE) === BATCH_SIZE) return seed;
})();

function indexOf(name = ''): number {
  return Number(/payment(\d+)/.exec(name)?.[1] ?? Number.NaN);
}

/** Holds the messages back until all are there, so that they come to the queue in one moment. */
function heldTogether() {
  let parts: RunParts | undefined;
  const onCall = ({ fn, operation }: CallSite): CallStrike | undefined => {
    const { scheduler } = parts ?? {};
    if (!scheduler || fn !== 'receive' || operation !== 'SendMessage') return undefined;
    const now = scheduler.now();
    if (now >= SENT_MS) return undefined;
    return {
      do: 'narrow',
      narrow: async (run) => {
        await scheduler.sleep(SENT_MS - now);
        return run();
      },
    };
  };
  return {
    injector: () => ({ onCall }),
    onStart: (started: RunParts) => {
      parts = started;
    },
  };
}

const PAID_MS = STORIES_FROM_MS;
const SENT_MS = PAID_MS + 5_000;

/** Ten payments of three invoices, so that some of the batch share an invoice and others do not. */
function tenPayments(mustAsk: boolean): Story {
  const gateway = GATEWAYS.find(({ isAsked, tells }) =>
    mustAsk ? isAsked === 'always' : isAsked === 'never' && tells === 'totals',
  );
  if (!gateway) throw new Error('no gateway talks like that');
  const base = { seller: 'school', currency: 'RUB' as const };
  const invoices = [0, 1, 2].map((at) => ({
    ...base,
    invoiceId: `inv_0000000${at}`,
    payerId: `payer_0000000${at}`,
    total: 60_000n,
    atMs: undefined,
  }));
  const payments = Array.from({ length: BATCH_SIZE }, (_, at): PlannedPayment => {
    const name = `payment${at}`;
    const fact: Fact = {
      total: 'captured',
      id: '',
      amount: 10_000n + BigInt(at),
      atMs: PAID_MS,
      kind: 'payment.captured',
      lifecycle: 'captured',
    };
    const about = { invoiceId: invoices[at % 3]?.invoiceId, payerId: undefined, facts: [fact] };
    return { ...base, key: name, gateway, paymentId: name, ...about };
  });
  const nothingElse = { allocations: [], refunds: [], poison: [] };
  return { index: 0, kind: 'instalments', startMs: PAID_MS, invoices, payments, ...nothingElse };
}
