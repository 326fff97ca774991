import { isDeepStrictEqual } from 'node:util';
import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { type Comparison, Difference } from './compare.ts';
import type { Operation } from './operations.ts';
import { type Facts, TOLERATED } from './quirks.ts';
import { ACCOUNT, type Answer, REGION } from './sides.ts';

type Receive = Extract<Operation, { op: 'receive' }>;

/** More rounds than any sequence has messages for. */
const MAX_ROUNDS = 400;

/**
 * Receives on both sides until neither has anything left to give.
 *
 * Which of many messages a receive hands out is not promised, nor how many at once. What is
 * promised is compared: that everything deliverable comes, once, as it was sent, and that of a
 * FIFO group only the first comes while it is not deleted.
 */
export async function receive(comparison: Comparison, op: Receive, facts: Facts): Promise<void> {
  const { world, tally } = comparison;
  const input: Json = {
    QueueUrl: world.urlOf(op.queue),
    MaxNumberOfMessages: op.max,
    MessageSystemAttributeNames: op.system,
    MessageAttributeNames: op.names,
    ...(op.visibility !== undefined && { VisibilityTimeout: op.visibility }),
  };
  const isRefused =
    op.max < 1 || op.max > 10 || (op.visibility ?? 0) < 0 || (op.visibility ?? 0) > 43_200;
  if (isRefused) {
    await comparison.call('ReceiveMessage', input, facts);
    return;
  }
  const own = world.settings.get(op.queue)?.visibility ?? 30;
  const wanted = op.visibility ?? own;
  const once = wanted === 0;
  // Messages that are visible again at once would come again and again.
  const visibility = once && !world.leavesNoChoice(op.queue, op.max) ? 30 : op.visibility;
  const seconds = visibility ?? own;
  const max = facts.isFifo ? 1 : op.max;
  if (facts.isFifo && op.max > 1) tally.used(TOLERATED.onePerGroup);
  const asked: Json = {
    ...input,
    MaxNumberOfMessages: max,
    ...(visibility !== undefined && { VisibilityTimeout: visibility }),
  };
  const [ours, theirs] = await receiveAll(comparison, asked, seconds === 0 ? 1 : MAX_ROUNDS);
  const pairs = pairUp(comparison, asked, ours, theirs);
  for (const [our, their] of pairs) await expectSame(comparison, op, asked, our, their);
  for (const [our, their] of pairs) {
    const message = String(our['MessageId']);
    const handles = { ours: String(our['ReceiptHandle']), theirs: String(their['ReceiptHandle']) };
    world.took({ queue: op.queue, message, ...handles }, seconds);
  }
}

async function receiveAll(
  comparison: Comparison,
  input: Json,
  rounds: number,
): Promise<[Json[], Json[]]> {
  const ours: Json[] = [];
  const theirs: Json[] = [];
  for (let round = 0; round < rounds; round += 1) {
    comparison.tally.operations += 1;
    const our = messagesIn(await comparison.world.ours('ReceiveMessage', input), input);
    const their = messagesIn(await comparison.world.theirs('ReceiveMessage', input), input);
    ours.push(...our);
    theirs.push(...their);
    if (our.length === 0 && their.length === 0) break;
  }
  return [ours, theirs];
}

function messagesIn(answer: Answer, input: Json): Json[] {
  if ('ok' in answer) return listOf(answer.ok['Messages']).filter(isObject);
  throw new Difference('ReceiveMessage', input, answer, 'a refusal that no side should make');
}

/** By message; one that comes on one side only is a difference. */
function pairUp(
  { world }: Comparison,
  input: Json,
  ours: readonly Json[],
  theirs: readonly Json[],
): (readonly [Json, Json])[] {
  const byId = new Map(theirs.map((their) => [world.ourId(their['MessageId']), their]));
  const pairs = ours.flatMap((our) => {
    const their = byId.get(String(our['MessageId']));
    return their ? [[our, their] as const] : [];
  });
  if (
    pairs.length !== ours.length ||
    pairs.length !== theirs.length ||
    byId.size !== theirs.length
  ) {
    throw new Difference('ReceiveMessage', input, ours, theirs);
  }
  return pairs;
}

/** A message without what each side writes in its own way. */
function plain({
  MessageId: _id,
  ReceiptHandle: _handle,
  Attributes: system,
  ...message
}: Json): Json {
  const {
    SequenceNumber: number,
    SenderId: sender,
    ...attributes
  } = isObject(system) ? system : {};
  return {
    ...message,
    Attributes: { ...attributes, hasNumber: number !== undefined, hasSender: sender !== undefined },
  };
}

async function expectSame(
  comparison: Comparison,
  op: Receive,
  input: Json,
  our: Json,
  their: Json,
): Promise<void> {
  const { world, tally } = comparison;
  const message = String(our['MessageId']);
  const sequence = [our, their].map(({ Attributes: system }) =>
    isObject(system) ? system['SequenceNumber'] : undefined,
  );
  if (sequence[0] !== undefined && !world.isSameSequence(message, sequence)) {
    throw new Difference('ReceiveMessage', input, our, their);
  }
  tally.used(TOLERATED.sender);
  const expected = await bridged(comparison, op, message, plain(our), plain(their));
  if (!isDeepStrictEqual(plain(our), expected))
    throw new Difference('ReceiveMessage', input, our, their);
}

/** Their message with what AWS would say in the places of the emulator's quirks. */
async function bridged(
  comparison: Comparison,
  op: Receive,
  message: string,
  our: Json,
  their: Json,
): Promise<Json> {
  const { world, tally } = comparison;
  const sent = world.sent.get(message);
  const attributes: Json = { ...(isObject(their['Attributes']) ? their['Attributes'] : {}) };
  const asks = (name: string) => op.system.includes('All') || op.system.includes(name);
  if (!op.queue.endsWith('.fifo') && sent?.group !== undefined && asks('MessageGroupId')) {
    attributes['MessageGroupId'] = sent.group;
    tally.used(TOLERATED.fairGroup);
  }
  if (sent && sent.queue !== op.queue) {
    if (asks('DeadLetterQueueSourceArn')) {
      attributes['DeadLetterQueueSourceArn'] = world.arnOf(sent.queue);
      tally.used(TOLERATED.deadLetterSource);
    }
    const count = attributes['ApproximateReceiveCount'];
    if (count !== undefined) {
      attributes['ApproximateReceiveCount'] = String(Number(count) - 1);
      tally.used(TOLERATED.deadLetterCount);
    }
    if (attributes['ApproximateFirstReceiveTimestamp'] !== undefined) {
      attributes['ApproximateFirstReceiveTimestamp'] = String(
        world.firstReceived(op.queue, message),
      );
      tally.used(TOLERATED.deadLetterFirst);
    }
  }
  const rest = await attributesAsAsked(comparison, op, our, their);
  return { ...rest, Attributes: attributes };
}

async function attributesAsAsked(
  comparison: Comparison,
  op: Receive,
  our: Json,
  their: Json,
): Promise<Json> {
  const { MessageAttributes: all, MD5OfMessageAttributes: _digest, ...bare } = their;
  if (all === undefined) return their;
  if (op.names.length === 0) {
    comparison.tally.used(TOLERATED.unaskedAttributes);
    return bare;
  }
  if (op.names.includes('All') || op.names.includes('.*')) return their;
  comparison.tally.used(TOLERATED.partialDigest);
  return { ...their, MD5OfMessageAttributes: await digestOf(comparison, our['MessageAttributes']) };
}

/** The emulator digests what it is sent: so it is sent just these attributes, to nowhere else. */
async function digestOf({ world }: Comparison, attributes: unknown): Promise<unknown> {
  const QueueName = 'digests';
  await world.theirs('CreateQueue', { QueueName });
  const sent = await world.theirs('SendMessage', {
    QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${QueueName}`,
    MessageBody: 'digest',
    MessageAttributes: attributes,
  });
  return 'ok' in sent ? sent.ok['MD5OfMessageAttributes'] : sent.error;
}
