import { AwsError } from '#local/kernel/aws-error.ts';
import type { Choice } from '../kernel/choice.ts';
import type { CallSite, Fault } from './fault.ts';

type Codes = readonly [string, ...string[]];

/** What a call may be refused with besides plain throttling, by service, as AWS documents it. */
const CODES: Readonly<Record<string, Codes>> = {
  dynamodb: [
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'InternalServerError',
    'ServiceUnavailable',
    'ReplicatedWriteConflictException',
    'ItemCollectionSizeLimitExceededException',
    'ResourceNotFoundException',
    'AccessDeniedException',
    'ExpiredTokenException',
  ],
  sqs: [
    'RequestThrottled',
    'InternalError',
    'ServiceUnavailable',
    'OverLimit',
    'KmsThrottled',
    'KmsDisabled',
    'KmsInvalidState',
    'KmsAccessDenied',
    'InvalidSecurity',
    'AWS.SimpleQueueService.NonExistentQueue',
  ],
  events: [
    'InternalException',
    'ThrottlingException',
    'ServiceUnavailable',
    'AccessDeniedException',
  ],
  kms: [
    'KMSInternalException',
    'DependencyTimeoutException',
    'KeyUnavailableException',
    'KMSInvalidStateException',
    'DisabledException',
    'ThrottlingException',
  ],
  secrets: ['InternalServiceError', 'DecryptionFailure', 'ThrottlingException'],
  s3: ['SlowDown', 'InternalError', 'ServiceUnavailable', 'OperationAborted', 'RequestTimeout'],
};

/** Why a transaction or one of its items is refused, when it is not the product's own condition. */
const TRANSACTION_CODES: Codes = ['TransactionInProgressException', 'TransactionConflictException'];
const REASONS: Codes = [
  'TransactionConflict',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'ItemCollectionSizeLimitExceeded',
  'ValidationError',
];
/** The bucket of raw requests is called by what it is for. */
const SERVICE_OF: Readonly<Record<string, string>> = { archive: 's3' };

/** Any refusal that AWS documents for a call. Nothing was done. */
export const errorCodes: Fault = {
  name: 'error_codes',
  rates: [0.01, 0.05],
  onCall: (site, { strikes, choice }) => {
    const codes = CODES[SERVICE_OF[site.service] ?? site.service];
    return codes && strikes(site.key)
      ? { do: 'refuse', error: errorOf(site, codes, choice) }
      : undefined;
  },
};

function errorOf({ key, operation, input }: CallSite, codes: Codes, choice: Choice): AwsError {
  const isTransaction = operation === 'TransactWriteItems';
  if (isTransaction && choice.chance(`${key}:reason`, 0.5)) {
    const items: unknown[] = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
    const hit = choice.int(`${key}:item`, 0, Math.max(0, items.length - 1));
    const Code = choice.pick(`${key}:reason code`, REASONS);
    const CancellationReasons = items.map((_, at) => ({ Code: at === hit ? Code : 'None' }));
    const text = `Transaction cancelled [${Code}]`;
    return new AwsError('TransactionCanceledException', text, 400, { CancellationReasons });
  }
  const all: Codes = isTransaction ? [...TRANSACTION_CODES, ...codes] : codes;
  return new AwsError(choice.pick(`${key}:code`, all), 'simulated refusal');
}
