import { createHash } from 'node:crypto';
import { isJson, optionalNumber, optionalText, requiredText } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';

/** The part of a message that never changes, and the only part that is kept on disk. */
export type MessageContent = {
  id: string;
  body: string;
  bodyMd5: string;
  /** `MessageAttributes` as they came: name -> { DataType, StringValue | BinaryValue }. */
  attributes?: Json;
  attributesMd5?: string;
  traceHeader?: string;
  groupId?: string;
  deduplicationId?: string;
  sequenceNumber?: string;
  senderId: string;
  /** When the producer sent it. A dead letter keeps this moment. */
  sentAtMs: number;
  /** When it came into this queue. */
  arrivedAtMs: number;
  /** Hidden until this moment by a delay. */
  visibleAtMs: number;
  deadLetterSourceArn?: string;
  /** Receives in the queues it came from: AWS counts them on across queues. */
  earlierReceives?: number;
};

/** A message in one queue. */
export type Message = {
  readonly content: MessageContent;
  /** The id, or another text for a second copy that a duplicate fault made. */
  readonly key: string;
  /** Arrival in this queue; the oldest is served first. */
  readonly order: number;
  state: 'ready' | 'delayed' | 'in_flight' | 'gone';
  visibleAtMs: number;
  /** In this queue, which is what its redrive policy counts. */
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
  /** Only the newest handle counts. */
  receipt: string | undefined;
};

export function md5(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('hex');
}

function lengthPrefixed(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}

/** Bytes of a binary attribute, which is base64 text on the wire and bytes in process. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
}

/** The digest that the SDK compares: names in order, each with type, kind of transport and value. */
export function attributesMd5(attributes: Json): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const attribute = attributes[name];
    if (!isJson(attribute)) return [];
    const binary = bytesOf(attribute['BinaryValue']);
    return [
      lengthPrefixed(name),
      lengthPrefixed(String(attribute['DataType'])),
      Buffer.from([binary ? 2 : 1]),
      lengthPrefixed(binary ?? String(attribute['StringValue'])),
    ];
  });
  return md5(Buffer.concat(parts));
}

/** What counts against the size limits: body, attribute names, types and values. */
export function messageBytes(body: string, attributes: Json): number {
  const attributeBytes = Object.entries(attributes).reduce((total, [name, attribute]) => {
    if (!isJson(attribute)) return total;
    const value = bytesOf(attribute['BinaryValue']) ?? String(attribute['StringValue']);
    const type = String(attribute['DataType']);
    return total + Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value);
  }, 0);
  return Buffer.byteLength(body) + attributeBytes;
}

const OPTIONAL_TEXTS = [
  'attributesMd5',
  'traceHeader',
  'groupId',
  'deduplicationId',
  'sequenceNumber',
  'deadLetterSourceArn',
] as const;

/** Reads a message back from a record of an earlier run. */
export function contentFromRecord(record: Json): MessageContent {
  const content: MessageContent = {
    id: requiredText(record, 'id'),
    body: requiredText(record, 'body'),
    bodyMd5: requiredText(record, 'bodyMd5'),
    senderId: requiredText(record, 'senderId'),
    sentAtMs: optionalNumber(record, 'sentAtMs') ?? 0,
    arrivedAtMs: optionalNumber(record, 'arrivedAtMs') ?? 0,
    visibleAtMs: optionalNumber(record, 'visibleAtMs') ?? 0,
  };
  const earlierReceives = optionalNumber(record, 'earlierReceives');
  if (earlierReceives !== undefined) content.earlierReceives = earlierReceives;
  const attributes = record['attributes'];
  if (isJson(attributes)) content.attributes = attributes;
  for (const name of OPTIONAL_TEXTS) {
    const text = optionalText(record, name);
    if (text !== undefined) content[name] = text;
  }
  return content;
}

/** The system attributes as ReceiveMessage and Lambda show them. */
export function systemAttributes(message: Message): Record<string, string> {
  const { content, receiveCount, firstReceivedAtMs } = message;
  const shown: Record<string, string | undefined> = {
    ApproximateReceiveCount: String((content.earlierReceives ?? 0) + receiveCount),
    SentTimestamp: String(content.sentAtMs),
    SenderId: content.senderId,
    ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs ?? 0),
    SequenceNumber: content.sequenceNumber,
    MessageDeduplicationId: content.deduplicationId,
    MessageGroupId: content.groupId,
    AWSTraceHeader: content.traceHeader,
    DeadLetterQueueSourceArn: content.deadLetterSourceArn,
  };
  const present = Object.entries(shown).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(present);
}
