import type { StageTimes } from '#shared/invoices/domain/invoice.ts';
import { elapsedMs, type Instant } from '#shared/kernel/time.ts';

/** Moments that settlement cannot know: the event left, and reached its first consumer. */
export type AfterCommit = { readonly publishedAt?: Instant; readonly deliveredAt?: Instant };

export type StageMoments = StageTimes & AfterCommit;

/** Each stage with the moments that it lies between, under the names of the metrics. */
const STAGES = {
  reported: ['reportedAt', 'receivedAt'],
  receive: ['receivedAt', 'queuedAt'],
  queue: ['queuedAt', 'startedAt'],
  settle: ['startedAt', 'committedAt'],
  publish: ['committedAt', 'publishedAt'],
  deliver: ['publishedAt', 'deliveredAt'],
  receivedToPaid: ['receivedAt', 'committedAt'],
  reportedToPaid: ['reportedAt', 'committedAt'],
} as const satisfies Record<string, readonly [keyof StageMoments, keyof StageMoments]>;
export type Stage = keyof typeof STAGES;

/**
 * How long each stage took. A stage without both moments is absent.
 *
 * A gateway's clock may be ahead of ours, so `reported` may be negative; it is told as it is.
 */
export function stageDurationsMs(moments: StageMoments): Partial<Record<Stage, number>> {
  const durations: Partial<Record<Stage, number>> = {};
  for (const [stage, [start, end]] of Object.entries(STAGES)) {
    const [from, to] = [moments[start], moments[end]];
    if (from === undefined || to === undefined || !isStage(stage)) continue;
    durations[stage] = elapsedMs(from, to);
  }
  return durations;
}

function isStage(name: string): name is Stage {
  return Object.hasOwn(STAGES, name);
}
