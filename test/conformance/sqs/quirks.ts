import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';

/** What the comparison knows about the call when it asks for quirks. */
export type Facts = {
  isFifo: boolean;
  byContent: boolean;
  /** What the call's receipt handle names. */
  handle?: HandleState;
  /** Names of queues that there are. */
  exists: (arn: string) => boolean;
  wasPurgedLately: boolean;
  wasDeletedLately: boolean;
  isInBatch: boolean;
};

export type HandleState = 'in flight' | 'visible' | 'stale' | 'gone' | 'never issued';

/** A place where the emulator is known not to do what AWS documents. The engine follows AWS. */
export type Quirk = {
  readonly name: string;
  readonly emulator: string;
  readonly aws: string;
  readonly source: string;
};

/** A quirk of leniency: AWS refuses such a call, or such an entry of a batch, with `code`. */
export type Refusal = Quirk & {
  readonly operations: readonly string[];
  readonly code: string;
  applies(input: Json, facts: Facts): boolean;
};

const API = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference';
const GUIDE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';
/** Answers of the real service, recorded by the parity tests of another emulator. */
const RECORDED =
  'https://github.com/localstack/localstack/blob/main/tests/aws/services/sqs/test_sqs.snapshot.json';

const SEND = ['SendMessage'];
const SEND_BATCH = ['SendMessageBatch'];
const BATCHES = ['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];
const SETTINGS = ['CreateQueue', 'SetQueueAttributes'];

const ID = /^[!-~]{1,128}$/;
const isWrongId = (value: unknown) => typeof value === 'string' && !ID.test(value);
const attributesOf = (input: Json) => Object.entries(field(input, 'MessageAttributes'));
const field = (input: Json, name: string): Json => {
  const value = input[name];
  return isObject(value) ? value : {};
};

function isWrongAttribute([name, value]: readonly [string, unknown]): boolean {
  const { DataType, StringValue } = isObject(value) ? value : {};
  const type = String(DataType).split('.')[0];
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) return true;
  if (type === 'Binary') return false;
  if (type !== 'String' && type !== 'Number') return true;
  return StringValue === '' || (type === 'Number' && Number.isNaN(Number(StringValue)));
}

function redriveOf(input: Json): Json | 'no JSON' | undefined {
  const text = field(input, 'Attributes')['RedrivePolicy'];
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(String(text));
  } catch {
    return 'no JSON';
  }
}

function isWrongRedrive(input: Json, { isFifo, exists }: Facts): boolean {
  const policy = redriveOf(input);
  if (policy === undefined || policy === 'no JSON') return policy === 'no JSON';
  const target = String(policy['deadLetterTargetArn']);
  const count = Number(policy['maxReceiveCount']);
  if (count < 1 || count > 1000) return true;
  return !exists(target) || target.endsWith('.fifo') !== isFifo;
}

/** Calls that the emulator takes or answers with another code, and AWS refuses with this one. */
export const REFUSALS: readonly Refusal[] = [
  {
    name: 'handles that nobody gave out',
    emulator: 'deletes nothing and answers success; hides with MessageNotInflight',
    aws: 'ReceiptHandleIsInvalid',
    source: `${API}/API_DeleteMessage.html#API_DeleteMessage_Errors`,
    operations: ['DeleteMessage', 'ChangeMessageVisibility'],
    code: 'ReceiptHandleIsInvalid',
    applies: (_input, { handle }) => handle === 'never issued',
  },
  {
    name: 'expired handles of a FIFO queue',
    emulator: 'deletes nothing and answers success',
    aws: 'InvalidParameterValue: the receipt handle has expired',
    source: `${RECORDED} (test_fifo_delete_message_with_expired_receipt_handle)`,
    operations: ['DeleteMessage'],
    code: 'InvalidParameterValue',
    applies: (_input, { isFifo, handle }) => isFifo && (handle === 'visible' || handle === 'stale'),
  },
  {
    name: 'hiding by a handle that is no longer the newest',
    emulator: 'MessageNotInflight',
    aws: 'InvalidParameterValue: the message is not available for a visibility timeout change',
    source: `${API}/API_ChangeMessageVisibility.html`,
    operations: ['ChangeMessageVisibility'],
    code: 'InvalidParameterValue',
    applies: (_input, { handle }) => handle === 'stale' || handle === 'gone',
  },
  {
    name: 'hiding in a batch what is not in flight',
    emulator: 'an entry with ReceiptHandleIsInvalid, though alone it says MessageNotInflight',
    aws: 'the error of the single call, for the entry',
    source: `${API}/API_ChangeMessageVisibilityBatch.html`,
    operations: ['ChangeMessageVisibility'],
    code: 'MessageNotInflight',
    applies: (_input, { handle, isInBatch }) => isInBatch && handle === 'visible',
  },
  {
    name: 'deduplication ids in a standard queue',
    emulator: 'ignores them',
    aws: 'InvalidParameterValue: they apply to FIFO queues only',
    source: `${API}/API_SendMessage.html#API_SendMessage_RequestSyntax (MessageDeduplicationId)`,
    operations: SEND,
    code: 'InvalidParameterValue',
    applies: (input, { isFifo }) => !isFifo && input['MessageDeduplicationId'] !== undefined,
  },
  {
    name: 'ids of groups and deduplication with other characters or lengths',
    emulator: 'takes any',
    aws: 'up to 128 alphanumeric and punctuation characters',
    source: `${API}/API_SendMessage.html (MessageGroupId, MessageDeduplicationId)`,
    operations: SEND,
    code: 'InvalidParameterValue',
    applies: (input) =>
      isWrongId(input['MessageGroupId']) || isWrongId(input['MessageDeduplicationId']),
  },
  {
    name: 'delays out of range',
    emulator: 'takes any',
    aws: '0 to 900 seconds',
    source: `${API}/API_SendMessage.html (DelaySeconds)`,
    operations: SEND,
    code: 'InvalidParameterValue',
    applies: ({ DelaySeconds: delay }) => typeof delay === 'number' && (delay < 0 || delay > 900),
  },
  {
    name: 'message attributes',
    emulator: 'takes any number, name, type and value of them',
    aws: 'at most ten, named and typed by rule, with a value',
    source: `${GUIDE}/sqs-message-metadata.html#sqs-message-attributes`,
    operations: SEND,
    code: 'InvalidParameterValue',
    applies: (input) =>
      attributesOf(input).length > 10 || attributesOf(input).some(isWrongAttribute),
  },
  {
    name: 'an empty body in a batch',
    emulator: 'takes it, though alone it is refused',
    aws: 'at least one character',
    source: `${API}/API_SendMessageBatchRequestEntry.html (MessageBody)`,
    operations: SEND,
    code: 'MissingParameter',
    applies: (input, { isInBatch }) => isInBatch && input['MessageBody'] === '',
  },
  {
    name: 'entries of a FIFO batch without group or deduplication id',
    emulator: 'refuses the entry',
    aws: 'InvalidParameterValue for the whole batch',
    source: `${RECORDED} (test_send_batch_missing_message_group_id_for_fifo_queue)`,
    operations: SEND_BATCH,
    code: 'InvalidParameterValue',
    applies: (input, { isFifo, byContent }) =>
      isFifo &&
      listOf(input['Entries'])
        .filter(isObject)
        .some(
          ({ MessageGroupId: group, MessageDeduplicationId: id }) =>
            group === undefined || (id === undefined && !byContent),
        ),
  },
  {
    name: 'entry ids of more than 80 characters',
    emulator: 'takes them',
    aws: 'InvalidBatchEntryId',
    source: `${API}/API_SendMessageBatchRequestEntry.html (Id)`,
    operations: BATCHES,
    code: 'InvalidBatchEntryId',
    applies: (input) =>
      listOf(input['Entries']).some((entry) => isObject(entry) && String(entry['Id']).length > 80),
  },
  {
    name: 'names of queues',
    emulator: 'takes any',
    aws: '1 to 80 letters, digits, hyphens and underscores',
    source: `${API}/API_CreateQueue.html (QueueName)`,
    operations: ['CreateQueue'],
    code: 'InvalidParameterValue',
    applies: ({ QueueName: name }) => !/^[\w-]{1,80}$/.test(String(name).replace(/\.fifo$/, '')),
  },
  {
    name: 'FIFO queues by name alone',
    emulator: 'makes them',
    aws: 'only with the attribute FifoQueue',
    source: `${API}/API_CreateQueue.html (FifoQueue)`,
    operations: ['CreateQueue'],
    code: 'InvalidParameterValue',
    applies: (input) =>
      String(input['QueueName']).endsWith('.fifo') &&
      field(input, 'Attributes')['FifoQueue'] !== 'true',
  },
  {
    name: 'the name of a queue deleted a moment ago',
    emulator: 'may be taken at once',
    aws: 'QueueDeletedRecently for 60 seconds',
    source: `${API}/API_CreateQueue.html`,
    operations: ['CreateQueue'],
    code: 'QueueDeletedRecently',
    applies: (_input, { wasDeletedLately }) => wasDeletedLately,
  },
  {
    name: 'redrive policies',
    emulator: 'takes any text, any target and any count',
    aws: 'JSON with an existing queue of the same type and a count from 1 to 1000',
    source: `${API}/API_SetQueueAttributes.html (RedrivePolicy)`,
    operations: SETTINGS,
    code: 'InvalidParameterValue',
    applies: isWrongRedrive,
  },
  {
    name: 'deduplication by content in a standard queue',
    emulator: 'may be set',
    aws: 'applies to FIFO queues only',
    source: `${API}/API_SetQueueAttributes.html (ContentBasedDeduplication)`,
    operations: SETTINGS,
    code: 'InvalidAttributeName',
    applies: (input, { isFifo }) =>
      !isFifo && field(input, 'Attributes')['ContentBasedDeduplication'] !== undefined,
  },
  {
    name: 'the type of a standard queue',
    emulator: 'InvalidAttributeValue',
    aws: 'InvalidAttributeName: unknown attribute FifoQueue',
    source: `${RECORDED} (test_set_unsupported_attribute_fifo)`,
    operations: ['SetQueueAttributes'],
    code: 'InvalidAttributeName',
    applies: (input, { isFifo }) =>
      !isFifo && field(input, 'Attributes')['FifoQueue'] !== undefined,
  },
  {
    name: 'unknown names of queue attributes',
    emulator: 'are left out',
    aws: 'InvalidAttributeName',
    source: `${API}/API_GetQueueAttributes.html#API_GetQueueAttributes_Errors`,
    operations: ['GetQueueAttributes'],
    code: 'InvalidAttributeName',
    applies: (input) => listOf(input['AttributeNames']).includes('Colour'),
  },
  {
    name: 'a second purge',
    emulator: 'purges again',
    aws: 'PurgeQueueInProgress for 60 seconds',
    source: `${API}/API_PurgeQueue.html`,
    operations: ['PurgeQueue'],
    code: 'PurgeQueueInProgress',
    applies: (_input, { wasPurgedLately }) => wasPurgedLately,
  },
];

/** Differences of answers; where each is bridged, `used` is called with its name. */
export const TOLERATED = {
  sender: {
    name: 'SenderId',
    emulator: 'the account',
    aws: 'the id of the user or role that sent',
    source: `${API}/API_ReceiveMessage.html (SenderId)`,
  },
  fairGroup: {
    name: 'groups in a standard queue',
    emulator: 'forgets them',
    aws: 'keeps them, for fair queues',
    source: `${API}/API_SendMessage.html (MessageGroupId)`,
  },
  deadLetterSource: {
    name: 'DeadLetterQueueSourceArn',
    emulator: 'is never told',
    aws: 'is told for dead letters',
    source: `${API}/API_ReceiveMessage.html (DeadLetterQueueSourceArn)`,
  },
  deadLetterCount: {
    name: 'receives of a dead letter',
    emulator: 'counts the receive that moved the message but did not deliver it',
    aws: 'the number of times it has been received across all queues',
    source: `${API}/API_ReceiveMessage.html (ApproximateReceiveCount)`,
  },
  deadLetterFirst: {
    name: 'first receive of a dead letter',
    emulator: 'the first from any queue',
    aws: 'the time the message was first received from the queue',
    source: `${API}/API_ReceiveMessage.html (ApproximateFirstReceiveTimestamp)`,
  },
  unaskedAttributes: {
    name: 'message attributes that nobody asked for',
    emulator: 'returns all when no name is given',
    aws: 'returns those that were asked for',
    source: `${RECORDED} (test_receive_message_message_attribute_names_filters)`,
  },
  partialDigest: {
    name: 'digest of some of the message attributes',
    emulator: 'is that of all',
    aws: 'is that of those returned',
    source: `${RECORDED} (test_receive_message_message_attribute_names_filters)`,
  },
  onePerGroup: {
    name: 'several messages of one group',
    emulator: 'hands out one message of a group at a time',
    aws: 'returns as many of one group as possible; compared one message at a time',
    source: `${GUIDE}/FIFO-queues-understanding-logic.html`,
  },
  deleteVisible: {
    name: 'deleting by the newest handle after its timeout',
    emulator: 'deletes nothing',
    aws: 'the most recently received handle deletes; left out of the sequences',
    source: `${API}/API_DeleteMessage.html`,
  },
  noNames: {
    name: 'no names of queue attributes',
    emulator: 'returns all',
    aws: 'returns those that were asked for',
    source: `${API}/API_GetQueueAttributes.html (AttributeNames)`,
  },
  againWithout: {
    name: 'creating a FIFO queue again',
    emulator: 'takes deduplication by content that is not named for another value',
    aws: 'compares what is named',
    source: `${API}/API_CreateQueue.html`,
  },
  laterDelay: {
    name: 'another delay of a FIFO queue that has messages',
    emulator: 'holds for later messages, which may then overtake',
    aws: 'holds for those in the queue, too; set in the sequences only while it is empty',
    source: `${API}/API_SetQueueAttributes.html (DelaySeconds), ${GUIDE}/sqs-delay-queues.html`,
  },
  fifoSettings: {
    name: 'DeduplicationScope and FifoThroughputLimit',
    emulator: 'cannot be set later',
    aws: 'can be set',
    source: `${API}/API_SetQueueAttributes.html (DeduplicationScope)`,
  },
} as const satisfies Record<string, Quirk>;
