import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { SubscriptionRef } from '#shared/subscriptions/domain/change.ts';
import {
  type DueBill,
  nextDueAt,
  type Progress,
  progressAfterBill,
} from '#shared/subscriptions/domain/due.ts';
import { livesOf } from '#shared/subscriptions/domain/subscription.ts';
import type {
  StoredSubscription,
  SubscriptionHead,
  SubscriptionStore,
} from '#shared/subscriptions/ports.ts';

/** What was done: a bill was run, or a turn was told. */
export type DoneWork =
  | { readonly bill: Pick<DueBill, 'life' | 'number'> }
  | { readonly toldOn: LocalDate };

/**
 * The head once work is done. It goes into the transaction that does the work, guarded by its version:
 * a change that came in between makes the work be done again on what is known then.
 */
export function headAfterWork(
  { head, changes }: StoredSubscription,
  done: DoneWork,
): SubscriptionHead {
  const progress = progressAfterWork(head.progress, done);
  const due = nextDueAt(livesOf(changes), progress);
  return { ...head, progress, nextDueAt: due, version: head.version + 1 };
}

export type RecordedWork = 'recorded' | 'lost_race' | 'unknown';

/** Records work that has no transaction of its own. Telling twice is harmless, so a lost race is, too. */
export function createRecordWork(store: Pick<SubscriptionStore, 'read' | 'saveHead'>) {
  return async (ref: SubscriptionRef, done: DoneWork): Promise<RecordedWork> => {
    const stored = await store.read(ref);
    if (!stored) return 'unknown';
    const saved = await store.saveHead(headAfterWork(stored, done));
    return saved === 'saved' ? 'recorded' : 'lost_race';
  };
}

function progressAfterWork(progress: Progress, done: DoneWork): Progress {
  if ('bill' in done) return progressAfterBill(progress, done.bill);
  const isLater = done.toldOn > progress.toldOn;
  return isLater ? { ...progress, toldOn: done.toldOn } : progress;
}
