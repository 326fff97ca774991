import { AwsError } from '#local/kernel/aws-error.ts';
import type { Fault } from './fault.ts';

/** Another transaction is under way on one of the items. */
export const conflict: Fault = {
  name: 'conflict',
  rates: [0.02, 0.1, 0.3],
  onCall: ({ key, operation, input }, { strikes, choice }) => {
    if (operation !== 'TransactWriteItems' || !strikes(key)) return undefined;
    const items = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
    const hit = choice.int(`${key}:item`, 0, items.length - 1);
    const CancellationReasons = items.map((_, at) => ({
      Code: at === hit ? 'TransactionConflict' : 'None',
    }));
    const error = new AwsError('TransactionCanceledException', 'Transaction cancelled', 400, {
      CancellationReasons,
    });
    return { do: 'refuse', error };
  },
};
