import { createHash } from 'node:crypto';
import { AwsError } from '#local/kernel/aws-error.ts';
import { isJson, optionalJson, optionalText } from '#local/kernel/input.ts';
import { randomUuid } from '#local/kernel/random.ts';
import type { Caller, Json } from '#local/kernel/service.ts';
import { batchEntries, forEachEntry } from './batch.ts';
import { attributesMd5, type MessageContent, md5, messageBytes } from './message.ts';
import { checkMessageAttributes } from './message-attributes.ts';
import type { Queue } from './queue.ts';
import { MEBIBYTE } from './queue-settings.ts';
import {
  type Handlers,
  invalidParameter,
  missingParameter,
  type QueueEntry,
  type SqsState,
  wholeBetween,
} from './state.ts';

const UNSENDABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const GROUP_OR_DEDUPLICATION_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;
/** Real sequence numbers have 20 digits. */
const FIRST_SEQUENCE = 18_850_000_000_000_000_000n;

function checkBody(body: string | undefined): string {
  if (body === undefined) throw missingParameter('MessageBody');
  if (!UNSENDABLE.test(body)) return body;
  throw new AwsError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  );
}

function checkId(name: string, id: string | undefined): string | undefined {
  if (id === undefined || GROUP_OR_DEDUPLICATION_ID.test(id)) return id;
  throw invalidParameter(
    name,
    id,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

/** FIFO queues need a group and an id to recognise repeats by. */
function fifoIds(queue: Queue, entry: Json, body: string) {
  const groupId = checkId('MessageGroupId', optionalText(entry, 'MessageGroupId'));
  const given = checkId('MessageDeduplicationId', optionalText(entry, 'MessageDeduplicationId'));
  if (!queue.isFifo) {
    if (given === undefined) return { groupId, deduplicationId: undefined };
    throw invalidParameter(
      'MessageDeduplicationId',
      given,
      'The request include parameter that is not valid for this queue type',
    );
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId');
  const ofContent = queue.settings.contentBasedDeduplication
    ? createHash('sha256').update(body).digest('hex')
    : undefined;
  const deduplicationId = given ?? ofContent;
  if (deduplicationId !== undefined) return { groupId, deduplicationId };
  throw withoutDeduplicationId();
}

function withoutDeduplicationId(): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function delayOf(queue: Queue, entry: Json): number {
  const seconds = wholeBetween(entry, 'DelaySeconds', 0, 900);
  if (seconds === undefined) return queue.settings.delayMs;
  if (queue.isFifo && seconds !== 0) {
    const reason = 'The request include parameter that is not valid for this queue type.';
    throw invalidParameter('DelaySeconds', seconds, reason);
  }
  return queue.isFifo ? queue.settings.delayMs : seconds * 1000;
}

function traceHeaderOf(system: Json): string | undefined {
  const trace = system['AWSTraceHeader'];
  return isJson(trace) ? optionalText(trace, 'StringValue') : undefined;
}

/** What the message will be, apart from its id; every rule that can refuse it is checked here. */
function readMessage(state: SqsState, { queue }: QueueEntry, entry: Json, caller: Caller) {
  const body = checkBody(optionalText(entry, 'MessageBody'));
  const attributes = checkMessageAttributes(optionalJson(entry, 'MessageAttributes') ?? {});
  const bytes = messageBytes(body, attributes);
  if (bytes > queue.settings.maximumMessageBytes) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumMessageBytes} bytes.`,
    );
  }
  const nowMs = state.host.clock.now();
  const digest = attributesMd5(attributes);
  const ids = fifoIds(queue, entry, body);
  const traceHeader = traceHeaderOf(optionalJson(entry, 'MessageSystemAttributes') ?? {});
  const content: MessageContent = {
    id: randomUuid(state.host.random),
    body,
    bodyMd5: md5(body),
    ...(digest === undefined ? {} : { attributes, attributesMd5: digest }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(ids.groupId === undefined ? {} : { groupId: ids.groupId }),
    ...(ids.deduplicationId === undefined ? {} : { deduplicationId: ids.deduplicationId }),
    senderId: caller.principal,
    sentAtMs: nowMs,
    arrivedAtMs: nowMs,
    visibleAtMs: nowMs + delayOf(queue, entry),
  };
  return content;
}

/** Where a deduplication id is looked up: over the whole queue, or within its group. */
export function deduplicationKey(queue: Queue, content: MessageContent): string | undefined {
  if (content.deduplicationId === undefined) return undefined;
  const scope = queue.settings.deduplicationPerGroup ? content.groupId : '';
  return `${scope} ${content.deduplicationId}`;
}

/** Gives the next number of the queue; a restored queue goes on after its highest. */
export function nextSequence(entry: QueueEntry): string {
  entry.sequence += 1;
  return String(FIRST_SEQUENCE + BigInt(entry.sequence));
}

export function sequenceOf(sequenceNumber: string): number {
  return Number(BigInt(sequenceNumber) - FIRST_SEQUENCE);
}

type Accepted = { messageId: string; sequenceNumber: string | undefined; isNew: boolean };

function accept(state: SqsState, entry: QueueEntry, content: MessageContent): Accepted {
  const nowMs = state.host.clock.now();
  const key = deduplicationKey(entry.queue, content);
  if (key !== undefined) {
    const earlier = entry.deduplication.find(key, nowMs);
    if (earlier) return { ...earlier, isNew: false };
    content.sequenceNumber = nextSequence(entry);
    const { id: messageId, sequenceNumber } = content;
    entry.deduplication.remember({ key, atMs: nowMs, messageId, sequenceNumber });
  }
  entry.queue.add(content, nowMs);
  entry.counters.sent += 1;
  return { messageId: content.id, sequenceNumber: content.sequenceNumber, isNew: true };
}

function answerFor(content: MessageContent, accepted: Accepted, entry: Json): Json {
  const systemDigest = attributesMd5(optionalJson(entry, 'MessageSystemAttributes') ?? {});
  const { sequenceNumber } = accepted;
  return {
    MessageId: accepted.messageId,
    MD5OfMessageBody: content.bodyMd5,
    ...(content.attributesMd5 ? { MD5OfMessageAttributes: content.attributesMd5 } : {}),
    ...(systemDigest ? { MD5OfMessageSystemAttributes: systemDigest } : {}),
    ...(sequenceNumber ? { SequenceNumber: sequenceNumber } : {}),
  };
}

/** One record and one wake-up for all messages of a call. */
function commit(state: SqsState, entry: QueueEntry, messages: readonly MessageContent[]): void {
  if (messages.length === 0) return;
  state.persist({ type: 'sent', queue: entry.queue.name, messages });
  entry.signals.wake();
}

function checkBatchBytes(entries: readonly Json[]): void {
  const bytes = entries.reduce((total, entry) => {
    const attributes = optionalJson(entry, 'MessageAttributes') ?? {};
    return total + messageBytes(optionalText(entry, 'MessageBody') ?? '', attributes);
  }, 0);
  if (bytes <= MEBIBYTE) return;
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${MEBIBYTE} bytes. You have sent ${bytes} bytes.`,
  );
}

/** What a FIFO queue misses in one entry refuses the batch as a whole, with another code than alone. */
function checkBatchFifoIds(queue: Queue, entries: readonly Json[]): void {
  if (!queue.isFifo) return;
  for (const entry of entries) {
    if (optionalText(entry, 'MessageGroupId') === undefined) {
      throw new AwsError('InvalidParameterValue', missingParameter('MessageGroupId').message);
    }
    const given = optionalText(entry, 'MessageDeduplicationId');
    if (given === undefined && !queue.settings.contentBasedDeduplication) {
      throw withoutDeduplicationId();
    }
  }
}

export function sendOperations(state: SqsState): Handlers {
  const sendOne = (entry: QueueEntry, fields: Json, caller: Caller, added: MessageContent[]) => {
    const content = readMessage(state, entry, fields, caller);
    const accepted = accept(state, entry, content);
    if (accepted.isNew) added.push(content);
    return answerFor(content, accepted, fields);
  };
  return {
    SendMessage(input, caller) {
      const entry = state.ofCall(input);
      const added: MessageContent[] = [];
      const answer = sendOne(entry, input, caller, added);
      commit(state, entry, added);
      return answer;
    },
    SendMessageBatch(input, caller) {
      const entry = state.ofCall(input);
      const entries = batchEntries(input);
      checkBatchBytes(entries);
      checkBatchFifoIds(entry.queue, entries);
      const added: MessageContent[] = [];
      const answer = forEachEntry(entries, (fields) => sendOne(entry, fields, caller, added));
      commit(state, entry, added);
      return answer;
    },
  };
}
