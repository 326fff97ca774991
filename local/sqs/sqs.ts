import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Cancel } from '#local/kernel/clock.ts';
import { runUnderFaults } from '#local/kernel/faults.ts';
import { isJson, jsonListOf, optionalNumber, optionalText } from '#local/kernel/input.ts';
import type { Caller, Host, Json, Permission, Service } from '#local/kernel/service.ts';
import { contentFromRecord } from './message.ts';
import { moveTaskOperations } from './move-tasks.ts';
import { dropQueue, queueOperations, queueRecord, restoreQueue } from './queues.ts';
import { type ReceivedMessage, receiveNow, receiveOperations } from './receive.ts';
import { deduplicationKey, sendOperations, sequenceOf } from './send.ts';
import { type Handlers, type QueueEntry, type SqsFaultRule, SqsState } from './state.ts';

/** The numbers behind CloudWatch's AWS/SQS metrics. Totals count from the start of the process. */
export type QueueStats = {
  /** ApproximateNumberOfMessagesVisible */
  visible: number;
  /** ApproximateNumberOfMessagesNotVisible */
  inFlight: number;
  /** ApproximateNumberOfMessagesDelayed */
  delayed: number;
  /** ApproximateAgeOfOldestMessage, but in milliseconds; 0 when no message counts for it. */
  oldestAgeMs: number;
  /** NumberOfMessagesSent */
  sent: number;
  /** NumberOfMessagesReceived */
  received: number;
  /** NumberOfMessagesDeleted */
  deleted: number;
  /** NumberOfEmptyReceives */
  emptyReceives: number;
};

export type SqsService = Service & {
  readonly faults: SqsFaultRule[];
  queueNames(): string[];
  /** Calls back whenever the queue may have something to deliver. It may be called for nothing. */
  onMessage(queueName: string, listener: () => void): Cancel;
  /** What an event source mapping does: receives at once, with all attributes. */
  receiveNow(queueName: string, max: number, visibilityMs?: number): ReceivedMessage[];
  stats(queueName: string): QueueStats;
};

/** Batch operations are allowed by the permission of the single operation. */
const ACTION_OF: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

function queueOfCall(input: Json): string | undefined {
  const url = optionalText(input, 'QueueUrl');
  return url === undefined ? optionalText(input, 'QueueName') : url.split('/').at(-1);
}

function moveTaskPermissions(state: SqsState, operation: string, input: Json): Permission[] {
  const handle = Buffer.from(optionalText(input, 'TaskHandle') ?? '', 'base64').toString();
  const inHandle = /"sourceArn":"([^"]+)"/.exec(handle)?.[1];
  const source = optionalText(input, 'SourceArn') ?? inHandle ?? '*';
  const own = { action: `sqs:${operation}`, resource: source };
  if (operation !== 'StartMessageMoveTask') return [own];
  const onSource = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((name) => ({
    action: `sqs:${name}`,
    resource: source,
  }));
  const sources = [...state.queues.values()].filter(
    ({ queue }) => queue.settings.redrive?.deadLetterArn === source,
  );
  const given = optionalText(input, 'DestinationArn');
  const destinations = given === undefined ? sources.map(({ queue }) => queue.arn) : [given];
  const onDestinations = destinations.map((resource) => ({ action: 'sqs:SendMessage', resource }));
  return [own, ...onSource, ...onDestinations];
}

function permissionsOf(state: SqsState, operation: string, input: Json): Permission[] {
  if (operation.endsWith('MoveTask') || operation.endsWith('MoveTasks')) {
    return moveTaskPermissions(state, operation, input);
  }
  const action = `sqs:${ACTION_OF[operation] ?? operation}`;
  const queue = queueOfCall(input);
  return [{ action, resource: queue === undefined ? '*' : state.arnOf(queue) }];
}

/** Puts a message of a record into its queue and lets the queue's numbering go on after it. */
function restoreMessage(state: SqsState, entry: QueueEntry, record: Json): void {
  const content = contentFromRecord(record);
  const nowMs = state.host.clock.now();
  entry.queue.add(content, nowMs);
  const { sequenceNumber, arrivedAtMs: atMs, id: messageId } = content;
  const key = deduplicationKey(entry.queue, content);
  if (sequenceNumber === undefined || key === undefined) return;
  entry.sequence = Math.max(entry.sequence, sequenceOf(sequenceNumber));
  entry.deduplication.remember({ key, atMs, messageId, sequenceNumber });
}

function restoreDeduplication(entry: QueueEntry, record: Json): void {
  for (const fields of jsonListOf(record, 'entries')) {
    const [key, messageId, sequenceNumber] = ['key', 'messageId', 'sequenceNumber'].map((name) =>
      optionalText(fields, name),
    );
    if (key === undefined || messageId === undefined || sequenceNumber === undefined) continue;
    const atMs = optionalNumber(fields, 'atMs') ?? 0;
    entry.deduplication.remember({ key, atMs, messageId, sequenceNumber });
  }
}

function restore(state: SqsState, record: Json): void {
  if (record['type'] === 'queue') restoreQueue(state, record);
  else restoreMessages(state, record);
}

function restoreMessages(state: SqsState, record: Json): void {
  const name = optionalText(record, 'queue') ?? optionalText(record, 'from') ?? '';
  const entry = state.byName(name);
  const remove = () => {
    const message = entry.queue.find(optionalText(record, 'id') ?? '');
    if (message) entry.queue.remove(message);
  };
  switch (record['type']) {
    case 'sent':
      for (const message of jsonListOf(record, 'messages')) restoreMessage(state, entry, message);
      break;
    case 'deleted':
      remove();
      break;
    case 'moved': {
      remove();
      const { message } = record;
      const target = state.byName(optionalText(record, 'to') ?? '');
      if (isJson(message)) target.queue.add(contentFromRecord(message), state.host.clock.now());
      break;
    }
    case 'deduplication':
      restoreDeduplication(entry, record);
      break;
    case 'purged':
      entry.queue.clear();
      break;
    case 'queue_deleted':
      dropQueue(state, name);
      break;
    default:
      throw new Error(`unknown sqs record ${String(record['type'])}`);
  }
  entry.signals.arm();
}

const MESSAGES_PER_RECORD = 100;

/** Queues come first: a redrive policy names another queue. Copies made by faults are left out. */
function* snapshot(state: SqsState): Generator<Json> {
  for (const entry of state.queues.values()) yield queueRecord(entry);
  for (const { queue, deduplication } of state.queues.values()) {
    queue.lapse(state.host.clock.now());
    const contents = [...queue.all()]
      .filter(({ key, content }) => key === content.id)
      .map(({ content }) => content);
    for (let at = 0; at < contents.length; at += MESSAGES_PER_RECORD) {
      const messages = contents.slice(at, at + MESSAGES_PER_RECORD);
      yield { type: 'sent', queue: queue.name, messages };
    }
    const entries = deduplication.all();
    if (entries.length > 0) yield { type: 'deduplication', queue: queue.name, entries };
  }
}

function statsOf(state: SqsState, { queue, counters }: QueueEntry): QueueStats {
  const nowMs = state.host.clock.now();
  queue.lapse(nowMs);
  const oldest = queue.oldestForAge();
  const oldestAgeMs = oldest ? Math.max(0, nowMs - oldest.content.arrivedAtMs) : 0;
  return { ...queue.counts(), oldestAgeMs, ...counters };
}

function callUnderFaults(
  state: SqsState,
  handlers: Handlers,
  operation: string,
  input: Json,
  caller: Caller,
): Promise<Json> {
  const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
  if (!handler) throw notEmulated('sqs', operation);
  const drawn = state.drawFaults(operation, queueOfCall(input));
  if (drawn.length === 0) return Promise.resolve(handler(input, caller));
  const errors = {
    throttled: () => new AwsError('RequestThrottled', 'Request throttled by a fault rule.', 403),
    failed: () => new AwsError('InternalFailure', 'Failed by a fault rule.', 500),
  };
  return runUnderFaults(state.host.clock, drawn, errors, async () => handler(input, caller));
}

/** Amazon SQS: standard and FIFO queues, redrive, long polling and fair queues. */
export function createSqs(host: Host): SqsService {
  const state = new SqsState(host);
  const handlers: Handlers = {
    ...queueOperations(state),
    ...sendOperations(state),
    ...receiveOperations(state),
    ...moveTaskOperations(state),
  };
  return {
    name: 'sqs',
    faults: state.faults,
    call: async (operation, input, caller) =>
      callUnderFaults(state, handlers, operation, input, caller),
    permissions: (operation, input) => permissionsOf(state, operation, input),
    restore: (record) => restore(state, record),
    snapshot: () => snapshot(state),
    queueNames: () => [...state.queues.keys()],
    onMessage: (queueName, listener) => state.byName(queueName).signals.listen(listener),
    receiveNow(queueName, max, visibilityMs) {
      const entry = state.byName(queueName);
      return receiveNow(state, entry, max, visibilityMs ?? entry.queue.settings.visibilityMs);
    },
    stats: (queueName) => statsOf(state, state.byName(queueName)),
  };
}
