import { textOf } from './canonical.ts';
import { type Difference, firstDifference, type Pair } from './run.ts';
import type { Sequence } from './sequence.ts';
import { shrunk } from './shrink.ts';

export type Report = { readonly sequence: Sequence; readonly text: string };

/** Cuts a sequence with a difference down to the steps that it takes, and puts it in words. */
export async function reportOf(pair: Pair, sequence: Sequence, seed: number): Promise<Report> {
  const differs = async (candidate: Sequence) =>
    (await firstDifference(pair, candidate, new Map())) !== undefined;
  const short = await shrunk(sequence, differs);
  const difference = await firstDifference(pair, short, new Map());
  return { sequence: short, text: inWords(short, difference, seed) };
}

function inWords(sequence: Sequence, difference: Difference | undefined, seed: number): string {
  if (!difference) return `seed ${seed}: a difference that did not come again`;
  return [
    `seed ${seed}: ${sequence.steps.length} steps, different at ${difference.at + 1}`,
    ...sequence.tables.map(({ creation }) => `CreateTable ${JSON.stringify(creation)}`),
    ...sequence.steps.map(({ operation, input }) => `${operation} ${JSON.stringify(input)}`),
    `different: ${difference.step.operation} ${JSON.stringify(difference.step.input)}`,
    `DynamoDB Local: ${textOf(difference.oracle)}`,
    `the engine:     ${textOf(difference.engine)}`,
  ].join('\n');
}
