import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { inAnyOrder, type Outcome, outcomeOf, textOf } from './canonical.ts';
import { withPlainNumbers } from './plain-numbers.ts';
import type { QuirkLog } from './quirk.ts';
import { reconciled } from './quirks.ts';
import type { Step } from './random-operations.ts';
import { type RandomTable, RUN_MARK } from './random-tables.ts';
import type { Sequence } from './sequence.ts';
import type { Target } from './targets.ts';

/** The oracle and the engine under test. */
export type Pair = { readonly oracle: Target; readonly engine: Target };

export type Difference = {
  readonly at: number;
  readonly step: Step;
  readonly oracle: Outcome;
  readonly engine: Outcome;
};

const PAGES_MAX = 60;

let runs = 0;

/** Runs a sequence on fresh tables of both and gives the first difference, if any. */
export async function firstDifference(
  pair: Pair,
  sequence: Sequence,
  quirks: QuirkLog,
): Promise<Difference | undefined> {
  const run = `run-${String(++runs).padStart(8, '0')}`;
  const renamed = {
    oracle: withPlainNumbers(renaming(pair.oracle, run), quirks),
    engine: renaming(pair.engine, run),
  };
  try {
    for (const { creation } of sequence.tables) {
      await created(renamed.oracle, creation);
      await created(renamed.engine, creation);
    }
    for (const [at, step] of [...sequence.steps, ...finalChecks(sequence)].entries()) {
      const difference = await differenceOf(renamed, sequence, step, quirks);
      if (difference) return { at, ...difference };
    }
    return undefined;
  } finally {
    for (const { name } of sequence.tables) {
      await renamed.oracle.call('DeleteTable', { TableName: name });
      await renamed.engine.call('DeleteTable', { TableName: name });
    }
  }
}

async function created(target: Target, creation: Json): Promise<void> {
  const answer = await target.call('CreateTable', creation);
  if (answer.status !== 200) throw new Error(`CreateTable failed: ${textOf(answer.body)}`);
}

async function differenceOf(
  { oracle, engine }: Pair,
  sequence: Sequence,
  step: Step,
  quirks: QuirkLog,
): Promise<Omit<Difference, 'at'> | undefined> {
  const answers = {
    oracle: await performed(oracle, sequence, step),
    engine: await performed(engine, sequence, step),
  };
  const compared = reconciled(sequence, step, answers, quirks);
  if (textOf(compared.oracle) === textOf(compared.engine)) return undefined;
  return { step, ...compared };
}

/** What both hold in the end: the tables, their indexes, and the records of their streams. */
function finalChecks({ tables }: Sequence): Step[] {
  return tables.flatMap((table) => [
    { operation: 'Scan', input: { TableName: table.name }, isPaged: true },
    ...table.indexes.map((index) => ({
      operation: 'Scan',
      input: { TableName: table.name, IndexName: index.name },
      isPaged: true,
    })),
    ...(table.hasStream ? [{ operation: 'GetRecords', input: { TableName: table.name } }] : []),
  ]);
}

async function performed(target: Target, sequence: Sequence, step: Step): Promise<Outcome> {
  if (step.operation === 'GetRecords') return streamOf(target, String(step.input['TableName']));
  if (!step.isPaged) return outcomeOf(await target.call(step.operation, step.input));
  return pagesOf(target, step, tableOf(sequence, step));
}

function tableOf({ tables }: Sequence, { input }: Step): RandomTable | undefined {
  return tables.find(({ name }) => name === input['TableName']);
}

/**
 * All pages of a reading. How many there are and what they hold together is comparable; which item
 * stands on which page is not, where the order is open: in scans, and among equal keys of an index.
 */
async function pagesOf(
  target: Target,
  step: Step,
  table: RandomTable | undefined,
): Promise<Outcome> {
  const items: unknown[] = [];
  const totals = { pages: 0, Count: 0, ScannedCount: 0 };
  const consumed: unknown[] = [];
  let start: unknown;
  do {
    const input = start === undefined ? step.input : { ...step.input, ExclusiveStartKey: start };
    const outcome = outcomeOf(await target.call(step.operation, input));
    if (outcome['error'] !== undefined) return { ...outcome, page: totals.pages };
    items.push(...(Array.isArray(outcome['Items']) ? outcome['Items'] : []));
    totals.pages++;
    totals.Count += Number(outcome['Count']);
    totals.ScannedCount += Number(outcome['ScannedCount']);
    if (outcome['ConsumedCapacity']) consumed.push(outcome['ConsumedCapacity']);
    start = outcome['LastEvaluatedKey'];
  } while (start !== undefined && totals.pages < PAGES_MAX);
  return { ...totals, items: comparable(step, table, items), consumed };
}

function comparable(step: Step, table: RandomTable | undefined, items: unknown[]): unknown {
  if (step.operation === 'Scan') return inAnyOrder(items);
  const index = table?.indexes.find(({ name }) => name === step.input['IndexName']);
  if (!index) return items;
  const { range } = index;
  const isProjected = step.input['ProjectionExpression'] !== undefined;
  if (range === undefined || isProjected) return inAnyOrder(items);
  return tiesInAnyOrder(items, (item) => (isObject(item) ? textOf(item[range]) : ''));
}

/** Neighbours with the same sort key have no order among them. */
function tiesInAnyOrder(items: readonly unknown[], keyOf: (item: unknown) => string): unknown[] {
  const groups: unknown[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    if (group && keyOf(group[0]) === keyOf(item)) group.push(item);
    else groups.push([item]);
  }
  return groups.map(inAnyOrder);
}

/** The records of a table's stream by key: the order between different keys is not promised. */
async function streamOf(target: Target, tableName: string): Promise<Outcome> {
  const described = await target.call('DescribeTable', { TableName: tableName });
  const table = described.body['Table'];
  const arn = isObject(table) ? table['LatestStreamArn'] : undefined;
  const stream = await target.call('DescribeStream', { StreamArn: arn });
  const description = stream.body['StreamDescription'];
  const shards = isObject(description) ? description['Shards'] : undefined;
  const records: Json[] = [];
  for (const shard of Array.isArray(shards) ? shards : []) {
    records.push(...(await recordsOf(target, arn, shard)));
  }
  const byKey = Object.groupBy(records, (record) => textOf(asJson(record['dynamodb'])['Keys']));
  return { records: Object.fromEntries(Object.entries(byKey)) };
}

async function recordsOf(target: Target, arn: unknown, shard: Json): Promise<Json[]> {
  const { body } = await target.call('GetShardIterator', {
    StreamArn: arn,
    ShardId: shard['ShardId'],
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const records: Json[] = [];
  let iterator = body['ShardIterator'];
  for (let page = 0; iterator !== undefined && page < PAGES_MAX; page++) {
    const answer = outcomeOf(await target.call('GetRecords', { ShardIterator: iterator }));
    const found = Array.isArray(answer['Records']) ? answer['Records'] : [];
    if (found.length === 0) break;
    records.push(...found.map(comparableRecord));
    iterator = answer['NextShardIterator'];
  }
  return records;
}

/** Ids, moments and sequence numbers are each server's own. */
function comparableRecord(record: unknown): Json {
  const { eventName, eventSource, eventVersion, dynamodb, userIdentity } = asJson(record);
  const { ApproximateCreationDateTime: _, SequenceNumber: __, ...change } = asJson(dynamodb);
  return { eventName, eventSource, eventVersion, userIdentity, dynamodb: change };
}

function asJson(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Puts the number of the run into every name on the way in, and takes it out of every answer. */
function renaming(target: Target, run: string): Target {
  return {
    async call(operation, input) {
      const renamed: Json = JSON.parse(JSON.stringify(input).replaceAll(RUN_MARK, run));
      const { status, body } = await target.call(operation, renamed);
      return { status, body: JSON.parse(JSON.stringify(body).replaceAll(run, RUN_MARK)) };
    },
  };
}
