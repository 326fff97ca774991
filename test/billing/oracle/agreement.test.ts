import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Answer, firstDifference, oracleAnswers } from './answers.ts';
import { compare, differs, explainDifference } from './compare.ts';
import { historyOf } from './generator.ts';
import { MUTANTS } from './mutants.ts';
import { type Engine, PRODUCT, productAnswers } from './product.ts';
import { shrunk } from './shrink.ts';

/** `scripts/billing-oracle.ts` compares as many as one likes; each run of the tests, these. */
const FIXED = seedsFrom(1, 400);
const FRESH = seedsFrom(randomInt(1_000_000, 1_000_000_000), 300);

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

describe('the engine agrees with the oracle on every line of every document', () => {
  it.each([
    ['the same histories each time', FIXED],
    [`fresh histories from seed ${FRESH[0]}`, FRESH],
  ])('%s', (_, seeds) => {
    const { differing, ...counts } = compare(seeds);
    const [first] = differing;
    expect(first === undefined ? 'agreed' : explainDifference(first)).toBe('agreed');
    expect(counts.invoices).toBeGreaterThan(seeds.length);
    expect(counts.creditNotes).toBeGreaterThan(seeds.length / 10);
    expect(counts.lines).toBeGreaterThan(counts.invoices);
  });
});

describe('the histories', () => {
  const texts = seedsFrom(1, 200).flatMap((seed) =>
    oracleAnswers(historyOf(seed)).flatMap(({ document }) => document),
  );

  it.each([
    'credit_note',
    'gross 0',
    '/minimum/',
    ' 20 inclusive',
    ' 22 inclusive',
    ' 22 exclusive',
    ' 10 inclusive',
    ' none ',
    ' 0 ',
    ' 5 ',
    ' 7 ',
    'until 2024-03-01',
    'until 2026-01-01',
  ])('lead to lines with %j', (part) => {
    expect(texts.filter((text) => text.includes(part)).length).toBeGreaterThan(0);
  });

  it('come from their seeds alone', () => {
    expect(historyOf(7)).toEqual(historyOf(7));
    expect(historyOf(7)).not.toEqual(historyOf(8));
  });
});

describe('a planted fault', () => {
  const expected = new Map<number, Answer[]>();

  function isFound(seed: number, engine: Engine): boolean {
    const history = historyOf(seed);
    const answers = expected.get(seed) ?? oracleAnswers(history);
    expected.set(seed, answers);
    return differs(history, engine, answers);
  }

  it.each(Object.entries(MUTANTS))('is found within a few hundred histories: %s', (_, engine) => {
    const seed = FIXED.find((one) => isFound(one, engine));
    expect(seed).toBeDefined();
  });

  it('is shown by a history that has nothing that it does not need', () => {
    const engine = MUTANTS['a pause is charged'] ?? PRODUCT;
    const seed = FIXED.find((one) => isFound(one, engine)) ?? 0;
    const short = shrunk(historyOf(seed), (history) => differs(history, engine));
    const kinds = short.steps.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(['item', 'pause', 'run']);
    expect(firstDifference(oracleAnswers(short), productAnswers(short))).toBeUndefined();
    expect(explainDifference(seed, engine)).toContain('The oracle says:');
  });
});
