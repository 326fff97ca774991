import { AwsError } from '#local/kernel/aws-error.ts';
import type { Fault } from './fault.ts';

/** The ambiguous answer: the write is there, and the caller is told that it failed. */
export const lostAnswer: Fault = {
  name: 'lost_answer',
  rates: [0.01, 0.05, 0.2],
  onCall: ({ key, service }, { strikes }) =>
    service !== 'port' && service !== 'gateway' && strikes(key)
      ? { do: 'lose_answer', error: new AwsError('InternalServerError', 'answer lost', 500) }
      : undefined,
};
