import type { AwsError } from './aws-error.ts';
import type { Clock } from './clock.ts';
import type { Host } from './service.ts';

/** What one fault rule has in common with every other. Engines add their own filter fields. */
export type FaultRule = {
  /** Only calls of this operation; every operation when absent. */
  operation?: string;
  kind: 'throttle' | 'error_before' | 'error_after' | 'latency' | 'duplicate';
  /** Only for `latency`: by how much the answer is delayed. */
  latencyMs?: number;
  /** In [0, 1]. */
  probability: number;
  /** How many more times the rule may strike; without a limit when absent. */
  remaining?: number;
};

/** Draws which of the matching rules strike now, and uses one of their remaining strikes each. */
export function drawFaults<Rule extends FaultRule>(
  host: Pick<Host, 'random'>,
  rules: readonly Rule[],
  matches: (rule: Rule) => boolean,
): Rule[] {
  return rules.filter((rule) => {
    if (rule.remaining === 0 || !matches(rule)) return false;
    if (host.random() >= rule.probability) return false;
    if (rule.remaining !== undefined) rule.remaining -= 1;
    return true;
  });
}

/** Waits on the host's clock. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(clock.now() + ms, resolve);
  });
}

/**
 * Runs a call under the drawn faults.
 *
 * `error_after` is the answer that got lost: the change is made and the caller sees a failure.
 * Latency comes after the change for the same reason: a caller that gives up waiting must not be
 * able to conclude that nothing happened.
 */
export async function runUnderFaults<T>(
  clock: Clock,
  drawn: readonly FaultRule[],
  errors: { throttled: () => AwsError; failed: () => AwsError },
  run: () => Promise<T>,
): Promise<T> {
  if (drawn.some(({ kind }) => kind === 'throttle')) throw errors.throttled();
  if (drawn.some(({ kind }) => kind === 'error_before')) throw errors.failed();
  const answer = await run();
  for (const { kind, latencyMs } of drawn) {
    if (kind === 'latency') await pause(clock, latencyMs ?? 0);
  }
  if (drawn.some(({ kind }) => kind === 'error_after')) throw errors.failed();
  return answer;
}
