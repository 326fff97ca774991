import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { Comparison, Difference, type Tally } from './compare.ts';
import type {
  EntryFault,
  HandleDraft,
  MessageDraft,
  Operation,
  QueueName,
  Setup,
} from './operations.ts';
import { type Facts, TOLERATED } from './quirks.ts';
import { receive } from './receiving.ts';
import type { Answer } from './sides.ts';
import type { Handle, World } from './world.ts';

const NEVER_ISSUED = Buffer.from('nobody gave this out').toString('base64');

/** Plays a sequence on both sides. Throws at the first difference. */
export async function play(
  world: World,
  setup: Setup,
  operations: readonly Operation[],
  tally: Tally,
): Promise<void> {
  await world.open(setup);
  const player = new Player(new Comparison(world, tally));
  for (const operation of operations) await player.play(operation);
}

class Player {
  readonly #comparison: Comparison;
  readonly #world: World;
  #messages = 0;

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
    this.#world = comparison.world;
  }

  async play(op: Operation): Promise<unknown> {
    switch (op.op) {
      case 'send':
        return this.#send(op.queue, op.message);
      case 'send batch':
        return this.#sendBatch(op);
      case 'receive':
        return receive(this.#comparison, op, this.#facts(op.queue));
      case 'delete':
        return this.#delete(op);
      case 'delete batch':
        return this.#overHandles(op, 'DeleteMessageBatch', () => ({}));
      case 'hide':
        return this.#hide(op);
      case 'hide batch':
        return this.#hideBatch(op);
      case 'set attributes':
        return this.#setAttributes(op);
      case 'create':
        return this.#create(op);
      case 'list':
        return this.#list(op);
      case 'pass':
        return this.#world.pass(op.seconds);
      default:
        return this.#administer(op);
    }
  }

  #facts(queue: string, more: Partial<Facts> = {}): Facts {
    const world = this.#world;
    return {
      isFifo: queue.endsWith('.fifo'),
      byContent: world.settings.get(queue)?.byContent ?? false,
      exists: world.exists,
      wasPurgedLately: world.wasLately(world.purgedAtMs, queue),
      wasDeletedLately: world.wasLately(world.deletedAtMs, queue),
      isInBatch: false,
      ...more,
    };
  }

  #call(operation: string, queue: string, more: Json): Promise<Answer> {
    const input = { QueueUrl: this.#world.urlOf(queue), ...more };
    return this.#comparison.call(operation, input, this.#facts(queue));
  }

  /** Bodies are unique in standard queues; in FIFO queues repeated content is part of the matter. */
  #messageOf(queue: string, draft: MessageDraft): Json {
    this.#messages += 1;
    const isFifo = queue.endsWith('.fifo');
    const { body, group, deduplication, delay, attributes } = draft;
    return {
      MessageBody: isFifo || body === '' ? body : `${body} ${this.#messages}`,
      ...(group !== undefined && { MessageGroupId: group }),
      // Mostly right for the queue: ids in a standard queue and delays in a FIFO queue are the exception.
      ...(deduplication !== undefined &&
        (isFifo || deduplication === 'd4') && { MessageDeduplicationId: deduplication }),
      ...(delay !== undefined && (!isFifo || delay !== 2) && { DelaySeconds: delay }),
      ...(attributes && Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
    };
  }

  #remember(queue: string, message: Json, answer: unknown): void {
    if (!isObject(answer)) return;
    const id = String(answer['MessageId']);
    const group = message['MessageGroupId'];
    if (this.#world.sent.has(id)) return;
    this.#world.sent.set(id, { queue, group: group === undefined ? undefined : String(group) });
  }

  async #send(queue: QueueName, draft: MessageDraft): Promise<void> {
    const message = this.#messageOf(queue, draft);
    const answer = await this.#call('SendMessage', queue, message);
    if ('ok' in answer) this.#remember(queue, message, answer.ok);
  }

  async #sendBatch({
    queue,
    messages,
    fault,
  }: Extract<Operation, { op: 'send batch' }>): Promise<void> {
    const entries = withIds(
      messages.map((draft) => this.#messageOf(queue, draft)),
      fault,
    );
    const facts = entries.map(() => this.#facts(queue, { isInBatch: true }));
    const answer = await this.#batch('SendMessageBatch', queue, entries, facts);
    if ('error' in answer) return;
    for (const sent of listOf(answer.ok['Successful']).filter(isObject)) {
      const entry = entries.find(({ Id }) => Id === sent['Id']);
      if (entry) this.#remember(queue, entry, sent);
    }
  }

  #batch(operation: string, queue: string, Entries: readonly Json[], facts: readonly Facts[]) {
    const input = { QueueUrl: this.#world.urlOf(queue), Entries };
    return this.#comparison.batch(operation, input, facts, this.#facts(queue));
  }

  /** Drawn handles that are there, and the one that nobody gave out. */
  #resolve(queue: QueueName, drafts: readonly HandleDraft[]): (Handle | undefined)[] {
    return drafts.flatMap((draft) => {
      if (draft === 'never issued') return [undefined];
      const handle = this.#world.handle(queue, draft.newest);
      return handle ? [handle] : [];
    });
  }

  #handleFacts(queue: QueueName, handle: Handle | undefined, isInBatch: boolean): Facts {
    return this.#facts(queue, { handle: this.#world.stateOf(handle), isInBatch });
  }

  /** The one deletion whose effect differs: see the quirk. */
  #wouldDiverge(operation: string, { isFifo, handle }: Facts): boolean {
    const does = operation.startsWith('DeleteMessage') && !isFifo && handle === 'visible';
    if (does) this.#comparison.tally.used(TOLERATED.deleteVisible);
    return does;
  }

  async #delete({ queue, handle: draft }: Extract<Operation, { op: 'delete' }>): Promise<void> {
    const resolved = this.#resolve(queue, [draft]);
    if (resolved.length === 0) return;
    const [handle] = resolved;
    const facts = this.#handleFacts(queue, handle, false);
    if (this.#wouldDiverge('DeleteMessage', facts)) return;
    await this.#byHandle('DeleteMessage', queue, handle, facts, {});
  }

  async #hide({
    queue,
    handle: draft,
    seconds,
  }: Extract<Operation, { op: 'hide' }>): Promise<void> {
    const resolved = this.#resolve(queue, [draft]);
    if (resolved.length === 0) return;
    const [handle] = resolved;
    const facts = this.#handleFacts(queue, handle, false);
    const more = { VisibilityTimeout: seconds };
    const answer = await this.#byHandle('ChangeMessageVisibility', queue, handle, facts, more);
    if ('ok' in answer && handle) this.#world.hid(handle, seconds);
  }

  #byHandle(
    operation: string,
    queue: QueueName,
    handle: Handle | undefined,
    facts: Facts,
    more: Json,
  ) {
    const ReceiptHandle = handle?.ours ?? NEVER_ISSUED;
    const input = { QueueUrl: this.#world.urlOf(queue), ReceiptHandle, ...more };
    return this.#comparison.call(operation, input, facts, this.#comparison.theirHandles(input));
  }

  async #hideBatch(op: Extract<Operation, { op: 'hide batch' }>): Promise<void> {
    const of = (at: number) => op.seconds[at] ?? 0;
    const done = await this.#overHandles(op, 'ChangeMessageVisibilityBatch', (at) => ({
      VisibilityTimeout: of(at),
    }));
    for (const { handle, entry } of done) {
      if (handle) this.#world.hid(handle, Number(entry['VisibilityTimeout']));
    }
  }

  /** A batch over receipt handles. No handle stands in it twice: the first would change the second's state. */
  async #overHandles(
    {
      queue,
      handles,
      fault,
    }: { queue: QueueName; handles: readonly HandleDraft[]; fault?: EntryFault | undefined },
    operation: string,
    more: (at: number) => Json,
  ): Promise<{ handle: Handle | undefined; entry: Json }[]> {
    const resolved = this.#resolve(queue, handles);
    const items = resolved
      .filter(
        (handle, at) =>
          handle === undefined ||
          resolved.findIndex((other) => other?.message === handle.message) === at,
      )
      .map((handle) => ({ handle, facts: this.#handleFacts(queue, handle, true) }))
      .filter(({ facts }) => !this.#wouldDiverge(operation, facts));
    if (items.length === 0 && handles.length > 0) return [];
    const drafts = items.map(({ handle }, at) => ({
      ReceiptHandle: handle?.ours ?? NEVER_ISSUED,
      ...more(at),
    }));
    const entries = withIds(drafts, fault);
    const answer = await this.#batch(
      operation,
      queue,
      entries,
      items.map(({ facts }) => facts),
    );
    if ('error' in answer) return [];
    const done = new Set(
      listOf(answer.ok['Successful']).map((one) => (isObject(one) ? one['Id'] : undefined)),
    );
    return items
      .map(({ handle }, at) => ({ handle, entry: entries[at] ?? {} }))
      .filter(({ entry }) => done.has(entry['Id']));
  }

  /** Redrive policies are drawn by a word for what they say. */
  #policyOf(queue: QueueName, word: string): string {
    const world = this.#world;
    const other = queue.endsWith('.fifo') ? 'dead' : 'dead.fifo';
    const [, count] = /^dead letters after (\d)$/.exec(word) ?? [];
    if (count !== undefined) return world.redrive(queue, Number(count));
    if (word === 'of the other type')
      return JSON.stringify({ deadLetterTargetArn: world.arnOf(other), maxReceiveCount: 3 });
    if (word === 'to nowhere')
      return JSON.stringify({ deadLetterTargetArn: world.arnOf('nowhere'), maxReceiveCount: 3 });
    if (word === 'without target') return JSON.stringify({ maxReceiveCount: 3 });
    return word;
  }

  #wouldOvertake(queue: QueueName): boolean {
    const would = queue.endsWith('.fifo') && this.#world.messages(queue).length > 0;
    if (would) this.#comparison.tally.used(TOLERATED.laterDelay);
    return would;
  }

  async #setAttributes({
    queue,
    attributes,
  }: Extract<Operation, { op: 'set attributes' }>): Promise<void> {
    const { RedrivePolicy: word, DelaySeconds: delay, ...others } = attributes;
    const isTooLate = delay !== undefined && this.#wouldOvertake(queue);
    const rest: Record<string, string> = {
      ...others,
      ...(delay !== undefined && !isTooLate && { DelaySeconds: delay }),
    };
    // A queue of dead letters has none of its own: the emulator would count across both.
    if (word !== undefined && queue.startsWith('dead')) return;
    const Attributes = {
      ...rest,
      ...(word !== undefined && { RedrivePolicy: this.#policyOf(queue, word) }),
    };
    const QueueUrl = this.#world.urlOf(queue);
    const { DeduplicationScope: scope, ...settable } = attributes;
    const isUnsettable = scope !== undefined && queue.endsWith('.fifo');
    if (isUnsettable) this.#comparison.tally.used(TOLERATED.fifoSettings);
    const theirInput = { QueueUrl, Attributes: isUnsettable ? settable : Attributes };
    const answer = await this.#comparison.call(
      'SetQueueAttributes',
      { QueueUrl, Attributes },
      this.#facts(queue),
      theirInput,
    );
    const known = this.#world.settings.get(queue);
    if ('error' in answer || !known) return;
    if (rest['VisibilityTimeout'] !== undefined)
      known.visibility = Number(rest['VisibilityTimeout']);
    if (rest['ContentBasedDeduplication'] !== undefined)
      known.byContent = rest['ContentBasedDeduplication'] === 'true';
  }

  async #create({
    queue,
    attributes: Attributes,
  }: Extract<Operation, { op: 'create' }>): Promise<void> {
    const input = { QueueName: `${this.#world.prefix}${queue}`, Attributes };
    const known = this.#world.settings.get(queue);
    const isAgain = known !== undefined && Attributes['FifoQueue'] === 'true';
    if (isAgain) this.#comparison.tally.used(TOLERATED.againWithout);
    const said = { ...Attributes, ContentBasedDeduplication: String(known?.byContent) };
    const theirInput = isAgain && queue.endsWith('.fifo') ? { ...input, Attributes: said } : input;
    await this.#comparison.call('CreateQueue', input, this.#facts(queue), theirInput);
  }

  /** All pages, each compared. */
  async #list({ prefix, max }: Extract<Operation, { op: 'list' }>): Promise<void> {
    let NextToken: unknown;
    do {
      const answer = await this.#comparison.call(
        'ListQueues',
        {
          QueueNamePrefix: `${this.#world.prefix}${prefix}`,
          ...(max !== undefined && { MaxResults: max }),
          ...(NextToken !== undefined && { NextToken }),
        },
        this.#facts(''),
      );
      NextToken = 'ok' in answer ? answer.ok['NextToken'] : undefined;
    } while (NextToken !== undefined);
  }

  async #administer(
    op: Extract<
      Operation,
      { op: 'get attributes' | 'delete queue' | 'purge' | 'get url' | 'tag' | 'untag' | 'get tags' }
    >,
  ): Promise<unknown> {
    switch (op.op) {
      case 'get attributes':
        return this.#getAttributes(op.queue, op.names);
      case 'get url':
        return this.#comparison.call(
          'GetQueueUrl',
          { QueueName: `${this.#world.prefix}${op.queue}` },
          this.#facts(op.queue),
        );
      case 'tag':
        return this.#call('TagQueue', op.queue, { Tags: op.tags });
      case 'untag':
        return this.#call('UntagQueue', op.queue, { TagKeys: op.keys });
      case 'get tags':
        return this.#call('ListQueueTags', op.queue, {});
      case 'purge': {
        const answer = await this.#call('PurgeQueue', op.queue, {});
        if ('ok' in answer) this.#world.purgedAtMs.set(op.queue, this.#world.now());
        return answer;
      }
      case 'delete queue': {
        const answer = await this.#call('DeleteQueue', 'spare', {});
        if ('ok' in answer) this.#world.deletedAtMs.set('spare', this.#world.now());
        return answer;
      }
    }
  }

  async #getAttributes(queue: QueueName, AttributeNames: readonly string[]): Promise<void> {
    if (AttributeNames.length > 0) {
      await this.#call('GetQueueAttributes', queue, { AttributeNames });
      return;
    }
    this.#comparison.tally.used(TOLERATED.noNames);
    const input = { QueueUrl: this.#world.urlOf(queue), AttributeNames };
    const answer = await this.#world.ours('GetQueueAttributes', input);
    if ('error' in answer || Object.keys(answer.ok).length > 0) {
      throw new Difference('GetQueueAttributes', input, answer, 'nothing, by AWS');
    }
  }
}

function withIds(entries: readonly Json[], fault: EntryFault | undefined): Json[] {
  const ids = entries.map((_entry, at) => {
    const isLast = at === entries.length - 1;
    if (fault === 'repeated id' && isLast) return 'e0';
    if (fault === 'odd id' && isLast) return 'e 0';
    return fault === 'long id' && isLast ? 'e'.repeat(81) : `e${at}`;
  });
  return entries.map((entry, at) => {
    const isTooMuch = fault === 'too much' && at === 0 && entry['MessageBody'] !== undefined;
    return { Id: ids[at], ...entry, ...(isTooMuch && { MessageBody: 'x'.repeat(2 ** 20 + 1) }) };
  });
}
