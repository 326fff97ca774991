import { AwsError } from '#local/kernel/aws-error.ts';
import { optionalNumber, optionalText } from '#local/kernel/input.ts';
import { randomUuid } from '#local/kernel/random.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Message, MessageContent } from './message.ts';
import { sourcesOf } from './queues.ts';
import {
  type Handlers,
  invalidParameter,
  missingParameter,
  movedRecord,
  type QueueEntry,
  type SqsState,
} from './state.ts';

type MoveTask = {
  readonly handle: string;
  readonly source: QueueEntry;
  readonly destinationArn: string | undefined;
  readonly perSecond: number | undefined;
  readonly startedAtMs: number;
  /** How many messages were there when the task began; later ones are not waited for. */
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  failureReason?: string;
};

const MAX_TASKS_SHOWN = 10;

function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', what, 404);
}

function sourceOfCall(state: SqsState, arn: string | undefined): QueueEntry {
  if (arn === undefined) throw missingParameter('SourceArn');
  const source = state.byArn(arn);
  if (source) return source;
  throw notFound("The resource that you specified for the SourceArn parameter doesn't exist.");
}

/** A redriven message is a new one: new id, new moment, no receives, no longer a dead letter. */
function asNew(state: SqsState, content: MessageContent): MessageContent {
  const nowMs = state.host.clock.now();
  const { deadLetterSourceArn: _left, earlierReceives: _forgotten, ...kept } = content;
  const id = randomUuid(state.host.random);
  return { ...kept, id, sentAtMs: nowMs, arrivedAtMs: nowMs, visibleAtMs: nowMs };
}

function moveOne(state: SqsState, task: MoveTask, message: Message): boolean {
  const arn = task.destinationArn ?? message.content.deadLetterSourceArn;
  const destination = arn === undefined ? undefined : state.byArn(arn);
  if (!destination) {
    task.status = 'FAILED';
    task.failureReason = 'AWS.SimpleQueueService.NonExistentQueue';
    return false;
  }
  const content = asNew(state, message.content);
  task.source.queue.remove(message);
  destination.queue.add(content, content.visibleAtMs);
  destination.counters.sent += 1;
  task.moved += 1;
  state.persist(movedRecord(task.source, destination, message.content.id, content));
  destination.signals.wake();
  return true;
}

/** Moves what is due now; a limited task goes on one second later. */
function run(state: SqsState, task: MoveTask): void {
  const { clock } = state.host;
  if (task.status !== 'RUNNING') return;
  task.source.queue.lapse(clock.now());
  const left = task.toMove - task.moved;
  const batch = Iterator.from(task.source.queue.all())
    .filter(({ state: status }) => status === 'ready')
    .take(Math.min(left, task.perSecond ?? left))
    .toArray();
  for (const message of batch) if (!moveOne(state, task, message)) return;
  if (batch.length === 0 || task.moved >= task.toMove) task.status = 'COMPLETED';
  else clock.schedule(clock.now() + 1000, () => run(state, task));
}

function show(task: MoveTask): Json {
  const { destinationArn, perSecond, failureReason } = task;
  return {
    ...(task.status === 'RUNNING' ? { TaskHandle: task.handle } : {}),
    Status: task.status,
    SourceArn: task.source.queue.arn,
    ...(destinationArn === undefined ? {} : { DestinationArn: destinationArn }),
    ...(perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: perSecond }),
    ...(failureReason === undefined ? {} : { FailureReason: failureReason }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    StartedTimestamp: task.startedAtMs,
  };
}

function checkStart(state: SqsState, tasks: readonly MoveTask[], input: Json): QueueEntry {
  const source = sourceOfCall(state, optionalText(input, 'SourceArn'));
  if (sourcesOf(state, source.queue.arn).length === 0) {
    throw new AwsError(
      'InvalidParameterValue',
      'Source queue must be configured as a Dead Letter Queue.',
    );
  }
  const destination = optionalText(input, 'DestinationArn');
  if (destination !== undefined && !state.byArn(destination)) {
    throw notFound(
      "The resource that you specified for the DestinationArn parameter doesn't exist.",
    );
  }
  if (tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
    throw new AwsError(
      'InvalidParameterValue',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  }
  return source;
}

function rateOf(input: Json): number | undefined {
  const rate = optionalNumber(input, 'MaxNumberOfMessagesPerSecond');
  if (rate === undefined || (Number.isInteger(rate) && rate >= 1 && rate <= 500)) return rate;
  throw invalidParameter('MaxNumberOfMessagesPerSecond', rate, 'Must be from 1 to 500.');
}

/**
 * Redrive of dead letters. Tasks live in memory only: after a restart the messages that were not
 * moved yet are still dead letters, and the operator starts the task again.
 */
export function moveTaskOperations(state: SqsState): Handlers {
  const tasks: MoveTask[] = [];
  return {
    StartMessageMoveTask(input) {
      const source = checkStart(state, tasks, input);
      const taskId = randomUuid(state.host.random);
      const handle = JSON.stringify({ taskId, sourceArn: source.queue.arn });
      source.queue.lapse(state.host.clock.now());
      const task: MoveTask = {
        handle: Buffer.from(handle).toString('base64'),
        source,
        destinationArn: optionalText(input, 'DestinationArn'),
        perSecond: rateOf(input),
        startedAtMs: state.host.clock.now(),
        toMove: source.queue.counts().visible,
        moved: 0,
        status: 'RUNNING',
      };
      tasks.unshift(task);
      run(state, task);
      return { TaskHandle: task.handle };
    },
    ListMessageMoveTasks(input) {
      const source = sourceOfCall(state, optionalText(input, 'SourceArn'));
      const max = optionalNumber(input, 'MaxResults') ?? 1;
      const mine = tasks.filter((task) => task.source === source);
      return { Results: mine.slice(0, Math.min(max, MAX_TASKS_SHOWN)).map(show) };
    },
    CancelMessageMoveTask(input) {
      const handle = optionalText(input, 'TaskHandle');
      const task = tasks.find((other) => other.handle === handle);
      if (task?.status !== 'RUNNING') throw notFound('Task does not exist.');
      task.status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
}
