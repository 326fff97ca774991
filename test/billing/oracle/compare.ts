import { type Answer, firstDifference, oracleAnswers } from './answers.ts';
import { historyOf } from './generator.ts';
import type { History } from './history.ts';
import { type Engine, PRODUCT, productAnswers } from './product.ts';
import { shrunk } from './shrink.ts';

/** What a block of histories held, and those on which the engines differed. */
export type Comparison = {
  histories: number;
  runs: number;
  invoices: number;
  creditNotes: number;
  lines: number;
  oracleMs: number;
  productMs: number;
  readonly differing: number[];
};

export function noComparison(): Comparison {
  return {
    histories: 0,
    runs: 0,
    invoices: 0,
    creditNotes: 0,
    lines: 0,
    oracleMs: 0,
    productMs: 0,
    differing: [],
  };
}

/** Compares the histories of these seeds, run by run and line by line. */
export function compare(seeds: Iterable<number>): Comparison {
  const counts = noComparison();
  for (const seed of seeds) {
    const history = historyOf(seed);
    const begunMs = performance.now();
    const expected = oracleAnswers(history);
    const betweenMs = performance.now();
    const actual = outcome(() => productAnswers(history));
    counts.productMs += performance.now() - betweenMs;
    counts.oracleMs += betweenMs - begunMs;
    count(counts, expected);
    if (typeof actual === 'string' || firstDifference(expected, actual)) {
      counts.differing.push(seed);
    }
  }
  return counts;
}

function count(counts: Comparison, answers: readonly Answer[]): void {
  counts.histories += 1;
  counts.runs += new Set(answers.map(({ run }) => run)).size;
  for (const { document } of answers) {
    const [head, ...lines] = document;
    if (head === undefined) continue;
    if (head.startsWith('credit_note')) counts.creditNotes += 1;
    else counts.invoices += 1;
    counts.lines += lines.length;
  }
}

/** Whether an engine says anything else than the oracle; breaking off is something else. */
export function differs(
  history: History,
  engine: Engine,
  expected: readonly Answer[] = oracleAnswers(history),
): boolean {
  const actual = outcome(() => productAnswers(history, engine));
  return typeof actual === 'string' || firstDifference(expected, actual) !== undefined;
}

function outcome<Value>(compute: () => Value): Value | string {
  try {
    return compute();
  } catch (error) {
    return `broke off: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The shortest history found that still differs, with both answers, for people to read. */
export function explainDifference(seed: number, engine: Engine = PRODUCT): string {
  const history = shrunk(historyOf(seed), (shorter) => differs(shorter, engine));
  const expected = oracleAnswers(history);
  const actual = outcome(() => productAnswers(history, engine));
  const difference = typeof actual === 'string' ? undefined : firstDifference(expected, actual);
  const at = difference?.at ?? 0;
  return [
    `seed ${seed}: ${difference?.in ?? 'no difference'}`,
    historyText(history),
    'The oracle says:',
    answerText(expected[at]),
    'The product says:',
    typeof actual === 'string' ? `  ${actual}` : answerText(actual[at]),
  ].join('\n');
}

function historyText({ steps, plans, ...world }: History): string {
  const parts = [world, ...plans, ...steps];
  return parts.map((part) => `  ${JSON.stringify(part, shortly)}`).join('\n');
}

/** Fractions and big numbers as people write them. */
function shortly(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (key === 'title' || key === 'validFrom' || key === 'existing') return undefined;
  if (typeof value === 'object' && value !== null && 'num' in value && 'den' in value) {
    return value.den === 1n ? String(value.num) : `${value.num}/${value.den}`;
  }
  return value;
}

function answerText(answer: Answer | undefined): string {
  if (!answer) return '  nothing';
  const { run, bill, target, document } = answer;
  const texts = [`bill ${bill} in the run at ${run}`, ...target, '--', ...document];
  return texts.map((text) => `  ${text}`).join('\n');
}
