import { AwsError } from '#local/kernel/aws-error.ts';

/** How often and how long a failed delivery is tried again. */
export type RetryPolicy = { maxRetries: number; maxAgeMs: number };

export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'NotRetryable';

export const DAY_MS = 86_400_000;
/** What AWS takes when the target has no retry policy. */
export const DEFAULT_RETRIES: RetryPolicy = { maxRetries: 185, maxAgeMs: DAY_MS };

/** Failures that no retry can help with: they go to the dead letters at once. */
const NOT_RETRYABLE = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'InvalidParameterValue',
  'InvalidParameterValueException',
]);

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/** Doubles per attempt, with half of it drawn, so that retries of a burst do not come as a burst. */
export function backoffMs(retries: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(retries, 20));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}

/** Why there is no further attempt, or nothing when there is one at `nextAtMs`. */
export function whyNoRetry(
  policy: RetryPolicy,
  state: { error: unknown; retries: number; bornAtMs: number; nextAtMs: number },
): Exhausted | undefined {
  const { error, retries, bornAtMs, nextAtMs } = state;
  if (error instanceof AwsError && NOT_RETRYABLE.has(error.code)) return 'NotRetryable';
  if (retries >= policy.maxRetries) return 'MaximumRetryAttempts';
  if (nextAtMs - bornAtMs > policy.maxAgeMs) return 'MaximumEventAgeInSeconds';
  return undefined;
}

export function describeFailure(error: unknown): { errorCode: string; errorMessage: string } {
  return {
    errorCode: error instanceof AwsError ? error.code : 'SDK_CLIENT_ERROR',
    errorMessage: error instanceof Error ? error.message : String(error),
  };
}
