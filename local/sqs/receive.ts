import { AwsError } from '#local/kernel/aws-error.ts';
import { drawFaults } from '#local/kernel/faults.ts';
import { optionalText, textListOf } from '#local/kernel/input.ts';
import { randomName } from '#local/kernel/random.ts';
import type { Json } from '#local/kernel/service.ts';
import { batchEntries, forEachEntry } from './batch.ts';
import { attributesMd5, type Message, systemAttributes } from './message.ts';
import {
  type Handlers,
  invalidParameter,
  missingParameter,
  type QueueEntry,
  type SqsState,
  wholeBetween,
} from './state.ts';

/** A message as ReceiveMessage returns it, with everything that can be asked for. */
export type ReceivedMessage = {
  MessageId: string;
  ReceiptHandle: string;
  MD5OfBody: string;
  Body: string;
  Attributes: Record<string, string>;
  MessageAttributes?: Json;
  MD5OfMessageAttributes?: string;
};

const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_IN_FLIGHT = 120_000;

function issueReceipt(state: SqsState, entry: QueueEntry, message: Message): string {
  const token = randomName(state.host.random, 24);
  const text = [entry.queue.name, message.key, token].join('\n');
  return Buffer.from(text).toString('base64');
}

function show(message: Message, receipt: string): ReceivedMessage {
  const { content } = message;
  return {
    MessageId: content.id,
    ReceiptHandle: receipt,
    MD5OfBody: content.bodyMd5,
    Body: content.body,
    Attributes: systemAttributes(message),
    ...(content.attributes ? { MessageAttributes: content.attributes } : {}),
    ...(content.attributesMd5 ? { MD5OfMessageAttributes: content.attributesMd5 } : {}),
  };
}

/** A standard queue may deliver twice: the copy becomes visible at once, with a life of its own. */
function duplicateByFault(state: SqsState, entry: QueueEntry, messages: readonly Message[]): void {
  if (state.faults.length === 0 || entry.queue.isFifo) return;
  const { clock } = state.host;
  const nowMs = clock.now();
  const duplicated = messages.filter(() => {
    const drawn = drawFaults(state.host, state.faults, (rule) => {
      const isMine = rule.queue === undefined || rule.queue === entry.queue.name;
      return rule.kind === 'duplicate' && isMine;
    });
    return drawn.length > 0;
  });
  for (const { content } of duplicated) entry.queue.add(content, nowMs, state.copyKey(content.id));
  // Not at once: this may run within a wake-up of the same queue.
  if (duplicated.length > 0) clock.schedule(nowMs, () => entry.signals.wake());
}

/**
 * Receives at once, without waiting.
 *
 * Receives are not persisted: after a restart every message that was not deleted is visible again
 * and counts from zero. AWS knows no restart of a whole cloud, and consumers that were working on
 * the messages have died with it, so this is what a lapse of all visibility timeouts would be.
 */
export function receiveNow(
  state: SqsState,
  entry: QueueEntry,
  max: number,
  visibilityMs: number,
): ReceivedMessage[] {
  const { queue, counters } = entry;
  const nowMs = state.host.clock.now();
  const { redrive } = queue.settings;
  const deadLetters = redrive && state.byArn(redrive.deadLetterArn);
  const maxReceives = deadLetters ? redrive.maxReceives : Number.POSITIVE_INFINITY;
  const { delivered, dead } = queue.receive(nowMs, max, nowMs + visibilityMs, maxReceives);
  if (deadLetters) state.bury(entry, deadLetters, dead);
  const shown = delivered.map((message) => {
    message.receipt = issueReceipt(state, entry, message);
    return show(message, message.receipt);
  });
  counters.received += shown.length;
  if (shown.length === 0) counters.emptyReceives += 1;
  duplicateByFault(state, entry, delivered);
  entry.signals.arm();
  return shown;
}

type ReceiveRequest = {
  max: number;
  visibilityMs: number;
  waitMs: number;
  systemNames: ReadonlySet<string>;
  attributeNames: readonly string[];
};

function readRequest(input: Json, { queue: { settings } }: QueueEntry): ReceiveRequest {
  const visibility = wholeBetween(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS);
  const wait = wholeBetween(input, 'WaitTimeSeconds', 0, 20);
  const names = [
    ...textListOf(input, 'MessageSystemAttributeNames'),
    ...textListOf(input, 'AttributeNames'),
  ];
  return {
    max: wholeBetween(input, 'MaxNumberOfMessages', 1, 10) ?? 1,
    visibilityMs: visibility === undefined ? settings.visibilityMs : visibility * 1000,
    waitMs: wait === undefined ? settings.receiveWaitMs : wait * 1000,
    systemNames: new Set(names),
    attributeNames: textListOf(input, 'MessageAttributeNames'),
  };
}

function isAsked(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (pattern === 'All' || pattern === '.*' || pattern === name) return true;
    return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
  });
}

/** Only what the caller asked for; the digest covers the attributes that are returned. */
function narrow(message: ReceivedMessage, request: ReceiveRequest): Json {
  const { Attributes, MessageAttributes = {}, MD5OfMessageAttributes: _all, ...base } = message;
  const system = Object.entries(Attributes).filter(
    ([name]) => request.systemNames.has('All') || request.systemNames.has(name),
  );
  const asked = Object.fromEntries(
    Object.entries(MessageAttributes).filter(([name]) => isAsked(name, request.attributeNames)),
  );
  const digest = attributesMd5(asked);
  return {
    ...base,
    ...(system.length > 0 ? { Attributes: Object.fromEntries(system) } : {}),
    ...(digest ? { MessageAttributes: asked, MD5OfMessageAttributes: digest } : {}),
  };
}

function answer(messages: readonly ReceivedMessage[], request: ReceiveRequest): Json {
  if (messages.length === 0) return {};
  return { Messages: messages.map((message) => narrow(message, request)) };
}

/** Long polling: answers as soon as there is a message, or with nothing at the deadline. */
function waitForMessages(state: SqsState, entry: QueueEntry, request: ReceiveRequest) {
  return new Promise<Json>((resolve) => {
    const { clock } = state.host;
    const attempt = () => {
      const messages = receiveNow(state, entry, request.max, request.visibilityMs);
      if (messages.length === 0) return false;
      cancelDeadline();
      resolve(answer(messages, request));
      return true;
    };
    const cancelWait = entry.signals.wait(attempt);
    const cancelDeadline = clock.schedule(clock.now() + request.waitMs, () => {
      cancelWait();
      resolve({});
    });
  });
}

function receive(state: SqsState, input: Json): Json | Promise<Json> {
  const entry = state.ofCall(input);
  const request = readRequest(input, entry);
  if (entry.queue.counts().inFlight >= MAX_IN_FLIGHT) {
    throw new AwsError('OverLimit', 'Too many messages in flight.', 403);
  }
  const messages = receiveNow(state, entry, request.max, request.visibilityMs);
  if (messages.length > 0 || request.waitMs === 0) return answer(messages, request);
  return waitForMessages(state, entry, request);
}

/** The message that a receipt handle names, if it still exists. */
function messageOf({ queue }: QueueEntry, receipt: string): Message | undefined {
  const [name, key, token] = Buffer.from(receipt, 'base64').toString().split('\n');
  if (name === queue.name && key !== undefined && token !== undefined) return queue.find(key);
  throw new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${receipt}" is not a valid receipt handle.`,
    404,
  );
}

function receiptOf(input: Json): string {
  const receipt = optionalText(input, 'ReceiptHandle');
  if (receipt === undefined) throw missingParameter('ReceiptHandle');
  return receipt;
}

/**
 * Deletes by receipt handle. Deleting again, or what is gone, succeeds.
 *
 * Once a message was received again, an older handle no longer deletes it. AWS only says that it
 * "might not"; the strict reading is the one that finds consumers which work past their timeout.
 */
function deleteByReceipt(state: SqsState, entry: QueueEntry, input: Json): Json {
  const receipt = receiptOf(input);
  const { queue, counters } = entry;
  queue.lapse(state.host.clock.now());
  const message = messageOf(entry, receipt);
  if (!message) return {};
  if (queue.isFifo && (message.receipt !== receipt || message.state !== 'in_flight')) {
    throw invalidParameter('ReceiptHandle', receipt, 'The receipt handle has expired.');
  }
  if (message.receipt !== receipt) return {};
  queue.remove(message);
  counters.deleted += 1;
  if (message.key === message.content.id) {
    state.persist({ type: 'deleted', queue: queue.name, id: message.content.id });
  }
  // The group of a FIFO queue may have been waiting for this deletion.
  if (queue.isFifo) entry.signals.wake();
  return {};
}

function changeVisibility(state: SqsState, entry: QueueEntry, input: Json): Json {
  const receipt = receiptOf(input);
  const seconds = wholeBetween(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS);
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  const nowMs = state.host.clock.now();
  entry.queue.lapse(nowMs);
  const message = messageOf(entry, receipt);
  if (!message || message.receipt !== receipt) {
    const reason = 'Message does not exist or is not available for visibility timeout change.';
    throw invalidParameter('ReceiptHandle', receipt, reason);
  }
  if (message.state !== 'in_flight') {
    throw new AwsError('MessageNotInflight', "The specified message isn't in flight.");
  }
  entry.queue.hideUntil(message, nowMs, nowMs + seconds * 1000);
  entry.signals.wake();
  return {};
}

export function receiveOperations(state: SqsState): Handlers {
  const inBatch = (run: (entry: QueueEntry, fields: Json) => Json) => (input: Json) => {
    const entry = state.ofCall(input);
    return forEachEntry(batchEntries(input), (fields) => run(entry, fields));
  };
  return {
    ReceiveMessage: (input) => receive(state, input),
    DeleteMessage: (input) => deleteByReceipt(state, state.ofCall(input), input),
    DeleteMessageBatch: inBatch((entry, fields) => deleteByReceipt(state, entry, fields)),
    ChangeMessageVisibility: (input) => changeVisibility(state, state.ofCall(input), input),
    ChangeMessageVisibilityBatch: inBatch((entry, fields) =>
      changeVisibility(state, entry, fields),
    ),
  };
}
