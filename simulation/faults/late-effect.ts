import { AwsError } from '#local/kernel/aws-error.ts';
import type { Fault } from './fault.ts';

const LATE_MAX_MS = 600_000;

/** The caller gave up waiting, and its request takes effect later: perhaps after others went on. */
export const lateEffect: Fault = {
  name: 'late_effect',
  rates: [0.01, 0.05],
  onCall: ({ key, service }, { strikes, choice }) =>
    service !== 'port' && service !== 'gateway' && strikes(key)
      ? {
          do: 'land_late',
          error: new AwsError('InternalServerError', 'no answer in time', 500),
          afterMs: choice.int(`${key}:late`, 1, LATE_MAX_MS),
        }
      : undefined,
};
