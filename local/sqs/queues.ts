import { AwsError } from '#local/kernel/aws-error.ts';
import { optionalNumber, optionalText, textListOf, textMapOf } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Queue } from './queue.ts';
import {
  invalidRedrive,
  isAttributeName,
  type QueueSettings,
  settingsFrom,
  shownSettings,
} from './queue-settings.ts';
import {
  type Handlers,
  missingParameter,
  type QueueEntry,
  type SqsState,
  wholeBetween,
} from './state.ts';

const QUEUE_NAME = /^[\w-]{1,80}$/;
const FIFO_QUEUE_NAME = /^[\w-]{1,75}\.fifo$/;
const PURGE_INTERVAL_MS = 60_000;
const REUSE_OF_NAME_MS = 60_000;

function checkName(name: string, attributes: Readonly<Record<string, string>>): void {
  const isFifo = attributes['FifoQueue'] === 'true';
  if (isFifo ? FIFO_QUEUE_NAME.test(name) : QUEUE_NAME.test(name)) return;
  throw new AwsError(
    'InvalidParameterValue',
    isFifo
      ? 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
      : 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  );
}

function checkDeadLetterQueue(state: SqsState, settings: QueueSettings, isFifo: boolean): void {
  if (!settings.redrive) return;
  const policy = settings.attributes['RedrivePolicy'] ?? '';
  const target = state.byArn(settings.redrive.deadLetterArn);
  if (!target) throw invalidRedrive(policy, 'Dead letter target does not exist.');
  if (target.queue.isFifo === isFifo) return;
  throw invalidRedrive(policy, 'Dead-letter queue must be same type of queue as the source.');
}

/** The record that rebuilds the queue itself, without its messages. */
export function queueRecord({ queue, sequence }: QueueEntry): Json {
  const { name, createdAtMs, modifiedAtMs, tags } = queue;
  const { attributes } = queue.settings;
  return { type: 'queue', name, createdAtMs, modifiedAtMs, sequence, attributes, tags };
}

/** Makes the queue of a record, or brings an existing one to the record's attributes. */
export function restoreQueue(state: SqsState, record: Json): void {
  const name = optionalText(record, 'name') ?? '';
  const attributes = textMapOf(record, 'attributes');
  const createdAtMs = optionalNumber(record, 'createdAtMs') ?? 0;
  const entry = state.queues.get(name) ?? state.open({ name, createdAtMs, attributes });
  entry.queue.settings = settingsFrom(attributes, entry.queue.isFifo);
  entry.queue.delayAnew(state.host.clock.now());
  entry.queue.modifiedAtMs = optionalNumber(record, 'modifiedAtMs') ?? createdAtMs;
  entry.queue.tags = textMapOf(record, 'tags');
  entry.sequence = Math.max(entry.sequence, optionalNumber(record, 'sequence') ?? 0);
}

function checkNotDeletedRecently(state: SqsState, name: string): void {
  const atMs = state.deletedAtMs.get(name);
  if (atMs === undefined || state.host.clock.now() >= atMs + REUSE_OF_NAME_MS) return;
  throw new AwsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  );
}

function isSameAsGiven(queue: Queue, attributes: Readonly<Record<string, string>>): boolean {
  const present = shownSettings(queue.settings, queue.isFifo);
  return Object.entries(attributes).every(([name, value]) => (present[name] ?? '') === value);
}

function createQueue(state: SqsState, input: Json): Json {
  const name = optionalText(input, 'QueueName');
  if (name === undefined) throw missingParameter('QueueName');
  const attributes = textMapOf(input, 'Attributes');
  checkName(name, attributes);
  const isFifo = name.endsWith('.fifo');
  const settings = settingsFrom(attributes, isFifo);
  const existing = state.queues.get(name);
  if (existing) {
    if (isSameAsGiven(existing.queue, attributes)) return { QueueUrl: existing.queue.url };
    throw new AwsError(
      'QueueNameExists',
      'A queue already exists with the same name and a different value for attributes.',
    );
  }
  checkNotDeletedRecently(state, name);
  checkDeadLetterQueue(state, settings, isFifo);
  const entry = state.open({ name, createdAtMs: state.host.clock.now(), attributes });
  entry.queue.tags = textMapOf(input, 'tags');
  state.persist(queueRecord(entry));
  return { QueueUrl: entry.queue.url };
}

/** A queue stays of its type; one that is not FIFO does not even know the attribute. */
function checkTypeStays(queue: Queue, value: string | undefined): void {
  if (value === undefined || (queue.isFifo && value === 'true')) return;
  if (!queue.isFifo) throw new AwsError('InvalidAttributeName', 'Unknown Attribute FifoQueue.');
  throw new AwsError(
    'InvalidAttributeValue',
    'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
  );
}

function setAttributes(state: SqsState, input: Json): Json {
  const entry = state.ofCall(input);
  const { queue } = entry;
  const changes = textMapOf(input, 'Attributes');
  checkTypeStays(queue, changes['FifoQueue']);
  const settings = settingsFrom({ ...queue.settings.attributes, ...changes }, queue.isFifo);
  checkDeadLetterQueue(state, settings, queue.isFifo);
  queue.settings = settings;
  queue.modifiedAtMs = state.host.clock.now();
  state.persist(queueRecord(entry));
  queue.delayAnew(queue.modifiedAtMs);
  entry.signals.wake();
  return {};
}

function shownAttributes({ queue }: QueueEntry, nowMs: number): Record<string, string> {
  queue.lapse(nowMs);
  const counts = queue.counts();
  return {
    ...shownSettings(queue.settings, queue.isFifo),
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAtMs / 1000)),
  };
}

function getAttributes(state: SqsState, input: Json): Json {
  const all = shownAttributes(state.ofCall(input), state.host.clock.now());
  const names = textListOf(input, 'AttributeNames');
  const unknown = names.find((name) => name !== 'All' && !isAttributeName(name) && !(name in all));
  if (unknown !== undefined) {
    throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  }
  if (names.includes('All')) return { Attributes: all };
  const asked = Object.entries(all).filter(([name]) => names.includes(name));
  return asked.length > 0 ? { Attributes: Object.fromEntries(asked) } : {};
}

function urls(entries: Iterable<QueueEntry>): string[] {
  return [...entries].map(({ queue }) => queue.url);
}

function listQueues(state: SqsState, input: Json): Json {
  const prefix = optionalText(input, 'QueueNamePrefix') ?? '';
  const max = wholeBetween(input, 'MaxResults', 1, 1000) ?? 1000;
  const after = optionalText(input, 'NextToken') ?? '';
  const names = [...state.queues.keys()].sort();
  const matching = names.filter((name) => name.startsWith(prefix) && name > after);
  const page = matching.slice(0, max);
  const hasMore = matching.length > page.length;
  return {
    ...(page.length > 0 ? { QueueUrls: urls(page.map((name) => state.byName(name))) } : {}),
    ...(hasMore ? { NextToken: page.at(-1) } : {}),
  };
}

export function sourcesOf(state: SqsState, deadLetterArn: string): QueueEntry[] {
  return [...state.queues.values()].filter(
    ({ queue }) => queue.settings.redrive?.deadLetterArn === deadLetterArn,
  );
}

function purge(state: SqsState, input: Json): Json {
  const entry = state.ofCall(input);
  const nowMs = state.host.clock.now();
  const { purgedAtMs, queue } = entry;
  if (purgedAtMs !== undefined && nowMs < purgedAtMs + PURGE_INTERVAL_MS) {
    throw new AwsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
      403,
    );
  }
  queue.clear();
  entry.purgedAtMs = nowMs;
  state.persist({ type: 'purged', queue: queue.name });
  return {};
}

/** Ends a queue; long polls on it run to their deadline and answer with nothing. */
export function dropQueue(state: SqsState, name: string): void {
  const entry = state.queues.get(name);
  entry?.queue.clear();
  entry?.signals.stop();
  state.queues.delete(name);
}

export function queueOperations(state: SqsState): Handlers {
  return {
    CreateQueue: (input) => createQueue(state, input),
    SetQueueAttributes: (input) => setAttributes(state, input),
    GetQueueAttributes: (input) => getAttributes(state, input),
    ListQueues: (input) => listQueues(state, input),
    PurgeQueue: (input) => purge(state, input),
    GetQueueUrl(input) {
      const name = optionalText(input, 'QueueName');
      if (name === undefined) throw missingParameter('QueueName');
      return { QueueUrl: state.byName(name).queue.url };
    },
    DeleteQueue(input) {
      const { name } = state.ofCall(input).queue;
      dropQueue(state, name);
      state.deletedAtMs.set(name, state.host.clock.now());
      state.persist({ type: 'queue_deleted', queue: name });
      return {};
    },
    ListDeadLetterSourceQueues(input) {
      // The lower case of this field is AWS's.
      return { queueUrls: urls(sourcesOf(state, state.ofCall(input).queue.arn)) };
    },
    ListQueueTags(input) {
      return { Tags: state.ofCall(input).queue.tags };
    },
    TagQueue(input) {
      const entry = state.ofCall(input);
      entry.queue.tags = { ...entry.queue.tags, ...textMapOf(input, 'Tags') };
      state.persist(queueRecord(entry));
      return {};
    },
    UntagQueue(input) {
      const entry = state.ofCall(input);
      const gone = new Set(textListOf(input, 'TagKeys'));
      const kept = Object.entries(entry.queue.tags).filter(([key]) => !gone.has(key));
      entry.queue.tags = Object.fromEntries(kept);
      state.persist(queueRecord(entry));
      return {};
    },
  };
}
