import type { AwsError } from '#local/kernel/aws-error.ts';

/** How AWS writes one error: the shape in the body, and the older code in a header of its own. */
type WireName = { readonly shape: string; readonly queryCode: string };

const QUERY_PREFIX = 'AWS.SimpleQueueService.';

/** Errors of the model whose older code is the shape's name behind the prefix. */
const PREFIXED = [
  'BatchEntryIdsNotDistinct',
  'BatchRequestTooLong',
  'EmptyBatchRequest',
  'InvalidBatchEntryId',
  'MessageNotInflight',
  'PurgeQueueInProgress',
  'QueueDeletedRecently',
  'TooManyEntriesInBatchRequest',
  'UnsupportedOperation',
];

const NAMES: ReadonlyMap<string, WireName> = new Map([
  ...PREFIXED.map((shape) => [shape, { shape, queryCode: `${QUERY_PREFIX}${shape}` }] as const),
  [
    'QueueDoesNotExist',
    { shape: 'QueueDoesNotExist', queryCode: `${QUERY_PREFIX}NonExistentQueue` },
  ],
  ['QueueNameExists', { shape: 'QueueNameExists', queryCode: 'QueueAlreadyExists' }],
  // These two are not in the model; AWS answers them under names of its service framework.
  [
    'InvalidParameterValue',
    { shape: 'InvalidParameterValueException', queryCode: 'InvalidParameterValue' },
  ],
  [
    'MissingParameter',
    { shape: 'MissingRequiredParameterException', queryCode: 'MissingParameter' },
  ],
]);

/** SQS spoke the query protocol first, and clients written for that read its codes to this day. */
export function wireNameOf({ code }: AwsError): WireName {
  return NAMES.get(code) ?? { shape: code, queryCode: code };
}
