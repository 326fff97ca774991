import { AwsError } from '#local/kernel/aws-error.ts';
import type { Fault } from './fault.ts';

/** The service fails before it does anything. */
export const outage: Fault = {
  name: 'outage',
  rates: [0.01, 0.05],
  onCall: ({ key, service }, { strikes }) =>
    service !== 'port' && service !== 'gateway' && strikes(key)
      ? { do: 'refuse', error: new AwsError('InternalServerError', 'simulated outage', 500) }
      : undefined,
};
