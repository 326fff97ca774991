import { isDeepStrictEqual } from 'node:util';
import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { type Facts, type Quirk, REFUSALS } from './quirks.ts';
import type { Answer } from './sides.ts';
import type { World } from './world.ts';

/** The two sides disagree, and no quirk says why. */
export class Difference extends Error {
  constructor(operation: string, input: Json, ours: unknown, theirs: unknown) {
    const show = (value: unknown) => JSON.stringify(value)?.slice(0, 1500);
    super(
      `${operation} ${show(input)}\n  the engine: ${show(ours)}\n  the emulator: ${show(theirs)}`,
    );
    this.name = 'Difference';
  }
}

/** How often what was compared and which quirks stood in between. */
export class Tally {
  operations = 0;
  readonly errors = new Map<string, number>();
  readonly quirks = new Map<string, number>();

  used({ name }: Quirk): void {
    this.quirks.set(name, (this.quirks.get(name) ?? 0) + 1);
  }

  refused(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }
}

/** The single operation whose rules hold for each entry of a batch. */
const SINGLE: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

/** Absent, empty list and empty object mean the same to a client. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmpty(inner)] as const)
    .filter(([, inner]) => {
      if (inner === undefined) return false;
      return typeof inner !== 'object' || inner === null || Object.keys(inner).length > 0;
    });
  return Object.fromEntries(entries);
}

const lastSegment = (url: unknown) => String(url).split('/').at(-1);

/** Queue URLs lead to different hosts by nature. */
function withNames(answer: Json): Json {
  const { QueueUrl: url, QueueUrls: urls } = answer;
  return {
    ...answer,
    ...(url !== undefined && { QueueUrl: lastSegment(url) }),
    ...(urls !== undefined && { QueueUrls: listOf(urls).map(lastSegment) }),
  };
}

/** What may be compared as it stands: ids, sequence numbers and words for people may not. */
function plain(answer: Answer): unknown {
  if ('error' in answer) return answer;
  const { Successful: successful, Failed: failed, ...rest } = withNames(answer.ok);
  const { MessageId: id, SequenceNumber: sequence, ...plain } = rest;
  return withoutEmpty({
    ...plain,
    hasId: id !== undefined,
    hasSequence: sequence !== undefined,
    successful: listOf(successful)
      .filter(isObject)
      .map(({ MessageId: one, SequenceNumber: two, ...entry }) => ({
        ...entry,
        one: one !== undefined,
        two: two !== undefined,
      })),
    failed: listOf(failed)
      .filter(isObject)
      .map(({ Message: _words, ...entry }) => entry),
  });
}

function refusalsOf(operation: string, input: Json, facts: Facts) {
  return REFUSALS.filter(
    (refusal) => refusal.operations.includes(operation) && refusal.applies(input, facts),
  );
}

/** Makes calls on both sides and throws at the first difference. */
export class Comparison {
  readonly world: World;
  readonly tally: Tally;

  constructor(world: World, tally: Tally) {
    this.world = world;
    this.tally = tally;
  }

  /**
   * Gives our answer once theirs is found the same.
   *
   * What AWS refuses and the emulator would take is not sent to the emulator: both sides are then
   * as if it had been refused, and the sequence goes on.
   */
  async call(operation: string, input: Json, facts: Facts, theirInput = input): Promise<Answer> {
    this.tally.operations += 1;
    const ours = await this.world.ours(operation, input);
    if ('error' in ours) this.tally.refused(ours.error);
    if (this.#isRefusedByRule(operation, input, facts, ours)) return ours;
    const theirs = await this.world.theirs(operation, theirInput);
    this.#expectSame(operation, input, ours, theirs);
    return ours;
  }

  #isRefusedByRule(operation: string, input: Json, facts: Facts, ours: Answer): boolean {
    const refusals = refusalsOf(operation, input, facts);
    if (refusals.length === 0) return false;
    if ('ok' in ours) {
      throw new Difference(operation, input, ours, { error: refusals[0]?.code, by: 'AWS' });
    }
    const named = refusals.find(({ code }) => code === ours.error);
    if (named) this.tally.used(named);
    return named !== undefined;
  }

  /** A batch whose entries may be refused by rule; those are not sent to the emulator. */
  async batch(
    operation: string,
    input: Json,
    entryFacts: readonly Facts[],
    facts: Facts,
  ): Promise<Answer> {
    this.tally.operations += 1;
    const ours = await this.world.ours(operation, input);
    if ('error' in ours) this.tally.refused(ours.error);
    if (this.#isRefusedByRule(operation, input, facts, ours)) return ours;
    const entries = listOf(input['Entries']).filter(isObject);
    const refused =
      'ok' in ours ? this.#refusedEntries(operation, entries, entryFacts, ours.ok) : new Set();
    const rest = entries.filter(({ Id }) => !refused.has(Id));
    const left = 'ok' in ours ? { ok: withoutFailed(ours.ok, refused) } : ours;
    if (entries.length > 0 && rest.length === 0) return left;
    const theirs = await this.world.theirs(
      operation,
      this.theirHandles({ ...input, Entries: rest }),
    );
    this.#expectSame(operation, input, left, theirs);
    return ours;
  }

  #refusedEntries(
    operation: string,
    entries: readonly Json[],
    facts: readonly Facts[],
    ok: Json,
  ): Set<unknown> {
    const failed = new Map(
      listOf(ok['Failed'])
        .filter(isObject)
        .map(({ Id, Code }) => [Id, Code] as const),
    );
    const refused = entries.filter((entry, at) => {
      const fact = facts[at];
      const refusals = fact ? refusalsOf(SINGLE[operation] ?? '', entry, fact) : [];
      if (refusals.length === 0) return false;
      const named = refusals.find(({ code }) => code === failed.get(entry['Id']));
      if (!failed.has(entry['Id'])) {
        throw new Difference(operation, entry, 'took the entry', {
          error: refusals[0]?.code,
          by: 'AWS',
        });
      }
      if (named) this.tally.used(named);
      return named !== undefined;
    });
    return new Set(refused.map(({ Id }) => Id));
  }

  /** Puts the emulator's own receipt handles in the place of ours. */
  theirHandles(input: Json): Json {
    const swap = (value: Json): Json => {
      const { ReceiptHandle: handle } = value;
      return handle === undefined
        ? value
        : { ...value, ReceiptHandle: this.theirHandle(String(handle)) };
    };
    const { Entries: entries } = input;
    return swap({
      ...input,
      ...(entries !== undefined && { Entries: listOf(entries).filter(isObject).map(swap) }),
    });
  }

  theirHandle(ours: string): string {
    return this.world.theirHandleOf(ours) ?? ours;
  }

  #expectSame(operation: string, input: Json, ours: Answer, theirs: Answer): void {
    const isSame = isDeepStrictEqual(plain(ours), plain(theirs));
    if (!isSame || !this.#isSameMessage(operation, ours, theirs)) {
      throw new Difference(operation, input, ours, theirs);
    }
  }

  #isSameMessage(operation: string, ours: Answer, theirs: Answer): boolean {
    if (!operation.startsWith('SendMessage') || 'error' in ours || 'error' in theirs) return true;
    const sent = (ok: Json) =>
      (ok['MessageId'] === undefined ? listOf(ok['Successful']) : [ok]).filter(isObject);
    const their = sent(theirs.ok);
    return sent(ours.ok).every((our, at) => {
      const isSame = this.world.isSameMessage(our['MessageId'], their[at]?.['MessageId'], true);
      return (
        isSame &&
        this.world.isSameSequence(our['MessageId'], [
          our['SequenceNumber'],
          their[at]?.['SequenceNumber'],
        ])
      );
    });
  }
}

function withoutFailed(ok: Json, ids: ReadonlySet<unknown>): Json {
  const Failed = listOf(ok['Failed']).filter((entry) => !isObject(entry) || !ids.has(entry['Id']));
  return { ...ok, Failed };
}
