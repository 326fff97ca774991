import type { Json } from '#local/kernel/service.ts';
import type { ReceivedMessage } from '#local/sqs/receive.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { type RemoteCall, remoteCall } from './aws-json.ts';

/** Lambda's pollers take no more ahead than they can hand on. */
const TAKEN_AHEAD_MAX = 50;
const WAIT_SECONDS = 1;
const AFTER_ERROR_MS = 200;

/**
 * SQS elsewhere, for the local cloud: calls are passed on, and for each queue that an event source
 * mapping listens to a poller receives ahead of it, as Lambda's pollers do.
 */
export function remoteQueues(endpoint: string): { service: SqsService; stop(): Promise<void> } {
  const call = remoteCall(endpoint, 'sqs', 'AmazonSQS');
  const stopping = new AbortController();
  const names = new Set<string>();
  const pollers = new Map<string, Poller>();
  const pollerOf = (name: string) => {
    const poller = pollers.get(name) ?? new Poller(call, name, stopping.signal);
    pollers.set(name, poller);
    return poller;
  };
  const service: SqsService = {
    name: 'sqs',
    faults: [],
    async call(operation, input) {
      if (operation === 'CreateQueue') names.add(String(input['QueueName']));
      return call(operation, input);
    },
    // IAM is left out: the server does not ask for it either.
    permissions: () => [],
    restore: () => {},
    snapshot: () => [],
    queueNames: () => [...names],
    onMessage: (name, listener) => pollerOf(name).listen(listener),
    receiveNow: (name, max) => pollerOf(name).take(max),
    stats: (name) => pollers.get(name)?.stats() ?? NOTHING,
  };
  return {
    service,
    async stop() {
      stopping.abort();
      await Promise.all([...pollers.values()].map((poller) => poller.ended));
    },
  };
}

const NOTHING = {
  visible: 0,
  inFlight: 0,
  delayed: 0,
  oldestAgeMs: 0,
  sent: 0,
  received: 0,
  deleted: 0,
  emptyReceives: 0,
};

class Poller {
  readonly #call: RemoteCall;
  readonly #queue: string;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  #taken: ReceivedMessage[] = [];
  #received = 0;
  #hasRoom: () => void = () => {};
  ended: Promise<void> = Promise.resolve();

  constructor(call: RemoteCall, queue: string, signal: AbortSignal) {
    this.#call = call;
    this.#queue = queue;
    this.#signal = signal;
  }

  listen(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.ended = this.#poll();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(max: number): ReceivedMessage[] {
    const messages = this.#taken.splice(0, max);
    this.#hasRoom();
    return messages;
  }

  stats() {
    return { ...NOTHING, visible: this.#taken.length, received: this.#received };
  }

  async #poll(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        const messages = await this.#receive();
        this.#taken.push(...messages);
        this.#received += messages.length;
        if (messages.length > 0) for (const listener of this.#listeners) listener();
      } catch {
        // The mapping is stopped, or the queue is not there yet.
        if (!this.#signal.aborted) await pause(AFTER_ERROR_MS);
      }
      if (this.#taken.length >= TAKEN_AHEAD_MAX) await this.#room();
    }
  }

  async #receive(): Promise<ReceivedMessage[]> {
    const input = {
      QueueUrl: this.#queue,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const { Messages: messages } = await this.#call('ReceiveMessage', input, this.#signal);
    return listOf(messages).filter(isObject).map(receivedMessage);
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#hasRoom = resolve;
      this.#signal.addEventListener('abort', () => resolve());
    });
  }
}

function receivedMessage(message: Json): ReceivedMessage {
  const { MessageAttributes: attributes, MD5OfMessageAttributes: digest } = message;
  const text = (name: string) => String(message[name]);
  const system = Object.entries(isObject(message['Attributes']) ? message['Attributes'] : {});
  return {
    MessageId: text('MessageId'),
    ReceiptHandle: text('ReceiptHandle'),
    MD5OfBody: text('MD5OfBody'),
    Body: text('Body'),
    Attributes: Object.fromEntries(system.map(([name, value]) => [name, String(value)])),
    ...(isObject(attributes) && { MessageAttributes: attributes }),
    ...(typeof digest === 'string' && { MD5OfMessageAttributes: digest }),
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
