import fc from 'fast-check';

/** The queues of one sequence, by short names. */
export const QUEUES = ['work', 'dead', 'work.fifo', 'dead.fifo'] as const;
export type QueueName = (typeof QUEUES)[number];

/** What a message is made of before queue and harness give it the rest. */
export type MessageDraft = {
  /** Few bodies, so that content is repeated; each is made unique where the queue is not FIFO. */
  body: string;
  group?: string | undefined;
  deduplication?: string | undefined;
  delay?: number | undefined;
  attributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;
};

/** A receipt handle: the n-th newest that the queue gave out, or one that nobody gave out. */
export type HandleDraft = { newest: number } | 'never issued';

export type EntryFault = 'repeated id' | 'odd id' | 'long id' | 'too much';

export type Operation =
  | { op: 'send'; queue: QueueName; message: MessageDraft }
  | { op: 'send batch'; queue: QueueName; messages: MessageDraft[]; fault?: EntryFault | undefined }
  | {
      op: 'receive';
      queue: QueueName;
      max: number;
      visibility?: number | undefined;
      system: string[];
      names: string[];
    }
  | { op: 'delete'; queue: QueueName; handle: HandleDraft }
  | { op: 'delete batch'; queue: QueueName; handles: HandleDraft[]; fault?: EntryFault | undefined }
  | { op: 'hide'; queue: QueueName; handle: HandleDraft; seconds: number }
  | {
      op: 'hide batch';
      queue: QueueName;
      handles: HandleDraft[];
      seconds: number[];
      fault?: EntryFault | undefined;
    }
  | { op: 'get attributes'; queue: QueueName; names: string[] }
  | { op: 'set attributes'; queue: QueueName; attributes: Record<string, string> }
  | { op: 'create'; queue: string; attributes: Record<string, string> }
  | { op: 'delete queue' }
  | { op: 'purge'; queue: QueueName }
  | { op: 'get url'; queue: string }
  | { op: 'list'; prefix: string; max?: number | undefined }
  | { op: 'tag'; queue: QueueName; tags: Record<string, string> }
  | { op: 'untag'; queue: QueueName; keys: string[] }
  | { op: 'get tags'; queue: QueueName }
  | { op: 'pass'; seconds: number };

const queue = fc.constantFrom<QueueName[]>(
  'work',
  'work',
  'work.fifo',
  'work.fifo',
  'dead',
  'dead.fifo',
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
/** Mostly the first; now and then one of the others, which are wrong or rare. */
const mostly = <T>(usual: fc.Arbitrary<T>, ...rare: fc.Arbitrary<T>[]) =>
  fc.oneof(
    { weight: 40, arbitrary: usual },
    ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
  );

const text = (value: string, DataType = 'String') => ({ DataType, StringValue: value });
const attributes = mostly<NonNullable<MessageDraft['attributes']>>(
  fc.dictionary(
    fc.constantFrom('a', 'b', 'app.x', 'app.y'),
    fc.oneof(
      fc.constantFrom(text('1'), text('ключ'), text('2', 'Number'), text('-1.5e3', 'Number.money')),
      fc.constant({ DataType: 'Binary', BinaryValue: 'AP8Q' }),
    ),
    { maxKeys: 3 },
  ),
  fc.constant({ n: text('world', 'Number') }),
  fc.constant({ n: text('') }),
  fc.constant({ n: text('a', 'Date') }),
  fc.constant({ '.n': text('a') }),
  fc.constant(Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`n${at}`, text('a')]))),
);

const message: fc.Arbitrary<MessageDraft> = fc.record({
  body: mostly(
    fc.constantFrom('one', 'two', '{"три":3}', 'a\tb\r\n'),
    fc.constant(''),
    fc.constant('\u0000'),
    fc.constant('\uffff'),
    fc.constant('x'.repeat(2000)),
  ),
  group: mostly(
    fc.constantFrom<(string | undefined)[]>('g1', 'g2', 'g3'),
    fc.constantFrom(undefined, 'g 1', 'g'.repeat(129)),
  ),
  deduplication: mostly(
    fc.constantFrom<(string | undefined)[]>(undefined, undefined, 'd1', 'd2', 'd3', 'd4'),
    fc.constantFrom('d 1', 'd'.repeat(129)),
  ),
  delay: mostly(
    fc.constantFrom<(number | undefined)[]>(undefined, undefined, 0, 2),
    fc.constantFrom(901, -1),
  ),
  attributes,
});

const handle = mostly<HandleDraft>(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ newest: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ newest: fc.nat(12) }) },
  ),
  fc.constant('never issued'),
);

const seconds = mostly(fc.constantFrom(0, 1, 5, 30), fc.constantFrom(-1, 43_201));
const fault = mostly<EntryFault | undefined>(
  fc.constant(undefined),
  fc.constantFrom('repeated id', 'odd id', 'long id', 'too much'),
);
const handles = mostly<HandleDraft[]>(
  fc.array(handle, { minLength: 1, maxLength: 4 }),
  fc.constant([]),
  fc.array(handle, { minLength: 11, maxLength: 11 }),
);

const queueAttributes = mostly<Record<string, string>>(
  fc.constantFrom(
    { VisibilityTimeout: '1' },
    { VisibilityTimeout: '30', DelaySeconds: '0' },
    { DelaySeconds: '2' },
    { RedrivePolicy: '' },
    { RedrivePolicy: 'dead letters after 1' },
    { RedrivePolicy: 'dead letters after 2' },
    { MaximumMessageSize: '1024' },
    { MessageRetentionPeriod: '86400' },
    { SqsManagedSseEnabled: 'true' },
  ),
  fc.constantFrom({ ContentBasedDeduplication: 'true' }, { ContentBasedDeduplication: 'false' }),
  fc.constantFrom<Record<string, string>[]>(
    { VisibilityTimeout: '43201' },
    { DelaySeconds: '901' },
    { MaximumMessageSize: '1023' },
    { MessageRetentionPeriod: '59' },
    { ReceiveMessageWaitTimeSeconds: '21' },
    { VisibilityTimeout: 'soon' },
    { Colour: 'red' },
  ),
  fc.constantFrom({ FifoQueue: 'true' }, { FifoQueue: 'false' }, { DeduplicationScope: 'queue' }),
  fc.constantFrom(
    { RedrivePolicy: 'no JSON' },
    { RedrivePolicy: 'dead letters after 0' },
    { RedrivePolicy: 'of the other type' },
    { RedrivePolicy: 'to nowhere' },
    { RedrivePolicy: 'without target' },
  ),
);

const ATTRIBUTE_NAMES = [
  'All',
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'VisibilityTimeout',
  'RedrivePolicy',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ContentBasedDeduplication',
];
const SYSTEM_NAMES = [
  'All',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'MessageGroupId',
  'SequenceNumber',
];

const op = <Name extends Operation['op']>(name: Name) => fc.constant(name);

const OPERATIONS: readonly { weight: number; arbitrary: fc.Arbitrary<Operation> }[] = [
  { weight: 10, arbitrary: fc.record({ op: op('send'), queue, message }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: op('send batch'),
      queue,
      messages: mostly<MessageDraft[]>(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.constant([]),
        fc.array(message, { minLength: 11, maxLength: 11 }),
      ),
      fault,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      op: op('receive'),
      queue,
      max: mostly(fc.constantFrom(10, 10, 3, 1), fc.constantFrom(0, 11)),
      visibility: mostly(
        fc.constantFrom<(number | undefined)[]>(undefined, 0, 1, 5, 30),
        fc.constantFrom(-1, 43_201),
      ),
      system: fc.oneof(fc.constant<string[]>(['All']), fc.subarray(SYSTEM_NAMES)),
      names: fc.oneof(fc.constant<string[]>(['All']), fc.subarray(['a', 'app.*', 'b', '.*'])),
    }),
  },
  { weight: 8, arbitrary: fc.record({ op: op('delete'), queue, handle }) },
  { weight: 3, arbitrary: fc.record({ op: op('delete batch'), queue, handles, fault }) },
  { weight: 6, arbitrary: fc.record({ op: op('hide'), queue, handle, seconds }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: op('hide batch'),
      queue,
      handles,
      seconds: fc.array(seconds, { minLength: 11, maxLength: 11 }),
      fault,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: op('get attributes'),
      queue,
      names: mostly<string[]>(
        fc.subarray(ATTRIBUTE_NAMES, { minLength: 1 }),
        fc.constantFrom<string[][]>([], ['Colour']),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: op('set attributes'), queue, attributes: queueAttributes }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('create'),
      queue: mostly<string>(
        fc.constantFrom('spare', 'spare', ...QUEUES),
        fc.constantFrom('a b', 'ы', 'n'.repeat(90), 'new.fifo'),
      ),
      attributes: fc.constantFrom<Record<string, string>[]>(
        {},
        { VisibilityTimeout: '7' },
        { VisibilityTimeout: '-1' },
        { FifoQueue: 'true' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: op('delete queue') }) },
  { weight: 1, arbitrary: fc.record({ op: op('purge'), queue }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: op('get url'), queue: fc.constantFrom('spare', 'none', ...QUEUES) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: op('list'),
      prefix: fc.constantFrom('', 'work', 'none'),
      max: maybe(fc.constantFrom(1, 2, 3)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: op('tag'),
      queue,
      tags: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'), { minKeys: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: op('untag'),
      queue,
      keys: fc.subarray(['x', 'y', 'z'], { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: op('get tags'), queue }) },
  {
    weight: 8,
    arbitrary: fc.record({ op: op('pass'), seconds: fc.constantFrom(1, 1, 2, 5, 30, 59, 300) }),
  },
];

/** How the queues of a sequence are made. */
export type Setup = {
  visibility: number;
  delay: number;
  maxReceives: number | undefined;
  byContent: boolean;
};

export const setup: fc.Arbitrary<Setup> = fc.record({
  visibility: fc.constantFrom(30, 30, 5, 0),
  delay: fc.constantFrom(0, 0, 0, 2),
  maxReceives: fc.constantFrom<(number | undefined)[]>(undefined, 1, 2, 3),
  byContent: fc.boolean(),
});

export const sequence: fc.Arbitrary<Operation[]> = fc.array(fc.oneof(...OPERATIONS), {
  minLength: 30,
  maxLength: 80,
  size: 'max',
});
