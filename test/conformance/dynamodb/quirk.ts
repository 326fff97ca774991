import { isObject } from '#local/dynamodb/input.ts';
import type { Outcome } from './canonical.ts';
import type { Step } from './random-operations.ts';
import type { Sequence } from './sequence.ts';

/** How often each quirk was met. */
export type QuirkLog = Map<string, number>;

export type Answers = { oracle: Outcome; engine: Outcome };

/**
 * One way in which DynamoDB Local is known to differ from DynamoDB itself.
 *
 * `reconcile` gives answers without this difference, or nothing when the quirk is not there. It must
 * be narrow: whatever it takes away is compared no more.
 */
export type Quirk = {
  readonly name: string;
  readonly source: string;
  readonly reconcile: (step: Step, answers: Answers, sequence: Sequence) => Answers | undefined;
};

/** The same error in other words: `oracle` is DynamoDB Local's text, `engine` that of AWS. */
export type Wording = {
  readonly name: string;
  readonly source: string;
  readonly oracle: RegExp;
  readonly engine: RegExp;
};

export function count(log: QuirkLog, name: string): void {
  log.set(name, (log.get(name) ?? 0) + 1);
}

export function reasonsOf(outcome: Outcome): readonly Outcome[] {
  const reasons = outcome['CancellationReasons'];
  return Array.isArray(reasons) ? reasons.filter(isObject) : [];
}
