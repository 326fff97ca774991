import type { SQSRecord } from 'aws-lambda';
import { readItemFailures } from '#local/event-sources/item-failures.ts';
import { isJson } from '#local/kernel/input.ts';
import type { ReceivedMessage } from '#local/sqs/receive.ts';
import type { Cloud } from '../cloud.ts';
import type { FaultPlan } from '../faults/plan.ts';
import type { Choice } from '../kernel/choice.ts';
import type { Ending, Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { BatchAnswer } from './mutation.ts';

export type FollowQueueOptions = {
  readonly cloud: Cloud;
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly choice: Choice;
  readonly plan: FaultPlan;
  readonly queue: string;
  readonly fn: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  handle(records: readonly SQSRecord[]): Promise<BatchAnswer>;
  /** The stable name of a message: ids are new in every run that differs. */
  nameOf(body: string): string;
  /** Sees each message just before it is deleted as done. */
  onDone(body: string): void;
};

const BATCH_MAX = 10;
const POLL_MS = 5;

/** What an event source mapping does: batches, several at once, and deletes what was done. */
export function followQueue(options: FollowQueueOptions): void {
  const { cloud, scheduler, queue, concurrency, choice } = options;
  let running = 0;
  let isAwake = false;
  let polls = 0;
  const wake = () => {
    if (isAwake) return;
    isAwake = true;
    scheduler.schedule(scheduler.now() + POLL_MS, pump);
  };
  const pump = () => {
    isAwake = false;
    while (running < concurrency) {
      const max = choice.int(`${queue} poll ${polls++}`, 1, BATCH_MAX);
      const messages = cloud.sqs.receiveNow(queue, max);
      if (messages.length === 0) return;
      running++;
      void processBatch(options, messages).then(() => {
        running--;
        wake();
      });
    }
  };
  cloud.sqs.onMessage(queue, wake);
}

async function processBatch(
  options: FollowQueueOptions,
  messages: readonly ReceivedMessage[],
): Promise<void> {
  const { runtime, fn, timeoutMs, handle, nameOf } = options;
  const records = messages.map((message) => recordOf(options.queue, message));
  const names = messages.map(({ Body }) => nameOf(Body));
  const subject = names[0] ?? '';
  const ending = await runtime.invoke({ fn, subject, timeoutMs }, () => handle(records));
  const ids = messages.map(({ MessageId }) => MessageId);
  const key = `${fn}/${subject}/${messages[0]?.Attributes['ApproximateReceiveCount']}`;
  const failed = failedOf(options, ending, { key, ids, names });
  deleteDone(
    options,
    messages.filter(({ MessageId }) => !failed.has(MessageId)),
  );
}

function failedOf(
  { plan }: FollowQueueOptions,
  ending: Ending<BatchAnswer>,
  batch: { key: string; ids: string[]; names: string[] },
): ReadonlySet<string> {
  const all = new Set(batch.ids);
  if (ending.ended !== 'returned') return all;
  const told = ending.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const failures = plan.onBatch(told, batch).map((itemIdentifier) => ({ itemIdentifier }));
  const verdict = readItemFailures(JSON.stringify({ batchItemFailures: failures }), all);
  return verdict.kind === 'all_failed' ? all : verdict.failed;
}

/** Lambda's own deletes do not wait for anything of ours; they are made in one go. */
function deleteDone(
  { cloud, queue, onDone }: FollowQueueOptions,
  messages: readonly ReceivedMessage[],
): void {
  for (const { Body, ReceiptHandle } of messages) {
    onDone(Body);
    const input = { QueueUrl: cloud.queueUrl(queue), ReceiptHandle };
    void cloud.sqs.call('DeleteMessage', input, { principal: 'root' });
  }
}

function recordOf(queue: string, message: ReceivedMessage): SQSRecord {
  const { MessageId, ReceiptHandle, Body, MD5OfBody, Attributes } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: {
      ApproximateReceiveCount: Attributes['ApproximateReceiveCount'] ?? '',
      SentTimestamp: Attributes['SentTimestamp'] ?? '',
      SenderId: Attributes['SenderId'] ?? '',
      ApproximateFirstReceiveTimestamp: Attributes['ApproximateFirstReceiveTimestamp'] ?? '',
    },
    messageAttributes: attributesOf(message),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
    awsRegion: 'eu-central-1',
  };
}

function attributesOf({ MessageAttributes }: ReceivedMessage): SQSRecord['messageAttributes'] {
  const entries = Object.entries(MessageAttributes ?? {}).flatMap(([name, attribute]) => {
    const text = isJson(attribute) ? attribute['StringValue'] : undefined;
    return typeof text === 'string'
      ? [[name, { dataType: 'String', stringValue: text }] as const]
      : [];
  });
  return Object.fromEntries(entries);
}
