import { AwsError } from '#local/kernel/aws-error.ts';
import { isJson } from '#local/kernel/input.ts';

/** What a queue's attributes mean, in the units that the engine computes with. */
export type QueueSettings = {
  /** The attributes as they were set, for GetQueueAttributes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly delayMs: number;
  readonly maximumMessageBytes: number;
  readonly retentionMs: number;
  readonly receiveWaitMs: number;
  readonly visibilityMs: number;
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceives: number } | undefined;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationPerGroup: boolean;
};

export const MEBIBYTE = 1_048_576;

/** Name -> default, lowest and highest value. */
const NUMBERS: Readonly<Record<string, readonly [number, number, number]>> = {
  DelaySeconds: [0, 0, 900],
  MaximumMessageSize: [MEBIBYTE, 1024, MEBIBYTE],
  MessageRetentionPeriod: [345_600, 60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 0, 20],
  VisibilityTimeout: [30, 0, 43_200],
  KmsDataKeyReusePeriodSeconds: [300, 60, 86_400],
};

const TEXTS = new Set(['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId']);
const FLAGS = new Set(['SqsManagedSseEnabled', 'FifoQueue', 'ContentBasedDeduplication']);
const FIFO_CHOICES: Readonly<Record<string, readonly string[]>> = {
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};
const FIFO_ONLY = new Set(['ContentBasedDeduplication', ...Object.keys(FIFO_CHOICES)]);

/** What GetQueueAttributes may be asked for, whether or not the queue has it. */
export function isAttributeName(name: string): boolean {
  return name in NUMBERS || TEXTS.has(name) || FLAGS.has(name) || name in FIFO_CHOICES;
}

function invalidValue(name: string, reason = ''): AwsError {
  const because = reason === '' ? '' : ` Reason: ${reason}`;
  return new AwsError(
    'InvalidAttributeValue',
    `Invalid value for the parameter ${name}.${because}`,
  );
}

function checkAttribute(name: string, value: string, isFifo: boolean): void {
  if (FIFO_ONLY.has(name) && !isFifo) {
    throw new AwsError(
      'InvalidAttributeName',
      `You can specify the ${name} only when FifoQueue is set to true.`,
    );
  }
  const range = NUMBERS[name];
  if (range) {
    const number = Number(value);
    const [, lowest, highest] = range;
    if (!Number.isInteger(number) || number < lowest || number > highest) throw invalidValue(name);
    return;
  }
  if (TEXTS.has(name)) return;
  if (FLAGS.has(name)) {
    if (value !== 'true' && value !== 'false') throw invalidValue(name);
    return;
  }
  const choices = FIFO_CHOICES[name];
  if (!choices) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  if (!choices.includes(value)) throw invalidValue(name);
}

function parseRedrivePolicy(text: string): QueueSettings['redrive'] {
  // An empty policy removes the redrive.
  if (text === '') return undefined;
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw invalidRedrive(text, 'Redrive policy is not a valid JSON map.');
  }
  if (!isJson(policy)) throw invalidRedrive(text, 'Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn: deadLetterArn, maxReceiveCount } = policy;
  if (deadLetterArn === undefined && maxReceiveCount === undefined) return undefined;
  if (typeof deadLetterArn !== 'string') {
    throw invalidRedrive(
      text,
      'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.',
    );
  }
  const maxReceives = Number(maxReceiveCount);
  if (!Number.isInteger(maxReceives) || maxReceives < 1 || maxReceives > 1000) {
    throw invalidRedrive(text, 'Invalid value for maxReceiveCount: must be from 1 to 1000.');
  }
  return { deadLetterArn, maxReceives };
}

export function invalidRedrive(policy: string, reason: string): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    `Value ${policy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
  );
}

/** Setting a policy or key to nothing takes it away. */
function withoutEmptyTexts(
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(attributes).filter(
    ([name, value]) => value !== '' || !TEXTS.has(name),
  );
  return Object.fromEntries(kept);
}

/** Checks the attributes against AWS's names and ranges and works out what they mean. */
export function settingsFrom(
  attributes: Readonly<Record<string, string>>,
  isFifo: boolean,
): QueueSettings {
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value, isFifo);
  const number = (name: string) => Number(attributes[name] ?? NUMBERS[name]?.[0]);
  return {
    attributes: withoutEmptyTexts(attributes),
    delayMs: number('DelaySeconds') * 1000,
    maximumMessageBytes: number('MaximumMessageSize'),
    retentionMs: number('MessageRetentionPeriod') * 1000,
    receiveWaitMs: number('ReceiveMessageWaitTimeSeconds') * 1000,
    visibilityMs: number('VisibilityTimeout') * 1000,
    redrive: parseRedrivePolicy(attributes['RedrivePolicy'] ?? ''),
    contentBasedDeduplication: attributes['ContentBasedDeduplication'] === 'true',
    deduplicationPerGroup: attributes['DeduplicationScope'] === 'messageGroup',
  };
}

/** The attributes that GetQueueAttributes shows even when nobody set them. */
export function shownSettings(settings: QueueSettings, isFifo: boolean): Record<string, string> {
  const { KmsDataKeyReusePeriodSeconds: _unlessSet, ...numbers } = NUMBERS;
  const defaults = Object.entries(numbers).map(([name, [value]]) => [name, String(value)] as const);
  const fifo = {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'queue',
    FifoThroughputLimit: 'perQueue',
  };
  const isEncrypted = settings.attributes['KmsMasterKeyId'] !== undefined;
  return {
    ...Object.fromEntries(defaults),
    SqsManagedSseEnabled: String(!isEncrypted),
    ...(isFifo ? fifo : {}),
    ...settings.attributes,
  };
}
