import { AwsError } from '#local/kernel/aws-error.ts';
import type { CallSite, Fault } from './fault.ts';

/** The service takes no more requests for now. A transaction may be refused by one of its items. */
export const throttle: Fault = {
  name: 'throttle',
  rates: [0.01, 0.05, 0.2],
  onCall: (site, { strikes, choice }) => {
    const error = errorOf(site, choice.chance(`${site.key}:item`, 0.5));
    return error && strikes(site.key) ? { do: 'refuse', error } : undefined;
  },
};

function errorOf({ service, operation, input }: CallSite, byItem: boolean): AwsError | undefined {
  switch (service) {
    case 'dynamodb':
      return byItem && operation === 'TransactWriteItems' ? cancelled(input) : exceeded();
    case 'sqs':
      return new AwsError('RequestThrottled', 'simulated throttling', 403);
    case 'events':
      return new AwsError('ThrottlingException', 'simulated throttling');
    default:
      return undefined;
  }
}

function exceeded(): AwsError {
  return new AwsError('ProvisionedThroughputExceededException', 'simulated throttling');
}

function cancelled(input: CallSite['input']): AwsError {
  const items = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
  const CancellationReasons = items.map((_, at) => ({
    Code: at === 0 ? 'ThrottlingError' : 'None',
  }));
  return new AwsError('TransactionCanceledException', 'Transaction cancelled', 400, {
    CancellationReasons,
  });
}
