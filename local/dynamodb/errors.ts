import { AwsError } from '#local/kernel/aws-error.ts';
import type { Item } from './attribute-value.ts';

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/**
 * An item or key that does not fit its table.
 *
 * A single call answers it as any ValidationException; a transaction is cancelled by it instead, with
 * the message in the reason of that action.
 */
export class ItemError extends AwsError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}

export function invalidItem(detail: string): ItemError {
  return new ItemError(`One or more parameter values were invalid: ${detail}`);
}

/** Most value errors of DynamoDB begin with this phrase. */
export function invalidParameter(detail: string): AwsError {
  return validation(`One or more parameter values were invalid: ${detail}`);
}

export function conditionFailed(item?: Item): AwsError {
  return new AwsError(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    400,
    item ? { Item: item } : {},
  );
}

export function tableNotFound(tableName?: string): AwsError {
  const message = 'Requested resource not found';
  return new AwsError(
    'ResourceNotFoundException',
    tableName === undefined ? message : `${message}: Table: ${tableName} not found`,
  );
}

/** One entry of `CancellationReasons`; entries stand in the order of the actions. */
export type CancellationReason = { Code: string; Message?: string; Item?: Item };

export function transactionCancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map((reason) => reason.Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}
