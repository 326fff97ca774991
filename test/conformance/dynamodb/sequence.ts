import type { Json } from '#local/kernel/service.ts';
import { Draw } from './draw.ts';
import {
  batchGet,
  batchWrite,
  deleteItem,
  getItem,
  putItem,
  query,
  type Step,
  scan,
  transactGet,
  transactWrite,
  updateItem,
} from './random-operations.ts';
import { type RandomTable, RUN_MARK, randomTable } from './random-tables.ts';
import { spoiled } from './spoil.ts';
import { engineTarget } from './targets.ts';

/** Operations on fresh tables. All of it is plain data: what fails can be cut down and printed. */
export type Sequence = { readonly tables: readonly RandomTable[]; readonly steps: readonly Step[] };

const SPOILED_PERCENT = 22;

/**
 * An engine runs along while the sequence is drawn, for one purpose: only a call that it takes is
 * spoiled. So a spoiled call is wrong in one way, and there is only one right thing to say about it.
 */
export async function randomSequence(seed: number, length: number): Promise<Sequence> {
  const draw = new Draw(seed);
  const tables = ['one', 'two'].map((name) => randomTable(draw, `${name}-${RUN_MARK}`));
  const along = engineTarget();
  for (const { creation } of tables) await along.call('CreateTable', creation);
  const steps: Step[] = [];
  while (steps.length < length) {
    const step = randomStep(draw, tables, steps);
    const { body, status } = await along.call(step.operation, step.input);
    const isTaken = status === 200 || body['__type'] === 'ConditionalCheckFailedException';
    const isSpoiled = isTaken && draw.percent(SPOILED_PERCENT);
    steps.push(isSpoiled ? spoiled(withoutToken(step), draw, draw.one(tables)) : step);
  }
  return { tables, steps };
}

function randomStep(draw: Draw, tables: readonly RandomTable[], earlier: readonly Step[]): Step {
  const table = draw.one(tables);
  const step = draw.make([
    () => putItem(draw, table),
    () => putItem(draw, table),
    () => putItem(draw, table),
    () => updateItem(draw, table),
    () => updateItem(draw, table),
    () => updateItem(draw, table),
    () => updateItem(draw, table),
    () => deleteItem(draw, table),
    () => getItem(draw, table),
    () => query(draw, table),
    () => query(draw, table),
    () => query(draw, table),
    () => scan(draw, table),
    () => batchWrite(draw, tables),
    () => batchGet(draw, tables),
    () => transactWrite(draw, tables),
    () => transactWrite(draw, tables),
    () => transactGet(draw, tables),
  ]);
  return step.operation === 'TransactWriteItems' ? withToken(step, draw, earlier) : step;
}

/** A known token would be the first thing wrong with a call, before what is to be spoiled in it. */
function withoutToken(step: Step): Step {
  const { ClientRequestToken: _, ...input } = step.input;
  return { ...step, input };
}

/** A token of its own, one that was used with the same content, or one used with another. */
function withToken(step: Step, draw: Draw, earlier: readonly Step[]): Step {
  if (!draw.percent(40)) return step;
  const token = `token-${RUN_MARK}-${draw.below(6)}`;
  const repeated = earlier.filter(
    ({ operation, input }) =>
      operation === 'TransactWriteItems' && input['ClientRequestToken'] !== undefined,
  );
  if (repeated.length > 0 && draw.percent(50)) return draw.one(repeated);
  const input: Json = { ...step.input, ClientRequestToken: token };
  return { ...step, input };
}
