import { describe, expect, it } from 'vitest';
import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { reportOf } from './report.ts';
import { firstDifference, type Pair } from './run.ts';
import { randomSequence } from './sequence.ts';
import { engineTarget, type Target } from './targets.ts';

const SEQUENCES_MAX = 40;
const SEQUENCE_LENGTH = 60;

/** Changes what an engine answers; it needs no server to see that the comparison notices. */
function planted(change: (operation: string, body: Json) => Json): Target {
  const engine = engineTarget();
  return {
    async call(operation, input) {
      const { status, body } = await engine.call(operation, input);
      return { status, body: change(operation, body) };
    },
  };
}

/** An engine that loses writes: what it answers is right, what it holds is not. */
function forgetful(): Target {
  const engine = engineTarget();
  return {
    async call(operation, input) {
      const answer = await engine.call(operation, input);
      const wrote = operation === 'DeleteItem' && answer.status === 200;
      if (!wrote || input['ReturnValues'] !== 'ALL_OLD') return answer;
      const { Attributes } = answer.body;
      if (isObject(Attributes)) {
        await engine.call('PutItem', { TableName: input['TableName'], Item: Attributes });
      }
      return answer;
    },
  };
}

async function foundIn(engine: () => Target) {
  for (let seed = 1; seed <= SEQUENCES_MAX; seed++) {
    const pair: Pair = { oracle: engineTarget(), engine: engine() };
    const sequence = await randomSequence(seed, SEQUENCE_LENGTH);
    if (!(await firstDifference(pair, sequence, new Map()))) continue;
    return reportOf(pair, sequence, seed);
  }
  throw new Error('the planted difference was not found');
}

describe('the comparison', () => {
  it('finds nothing between two equal engines', async () => {
    const pair: Pair = { oracle: engineTarget(), engine: engineTarget() };
    for (let seed = 1; seed <= 5; seed++) {
      const sequence = await randomSequence(seed, SEQUENCE_LENGTH);
      expect(await firstDifference(pair, sequence, new Map())).toBeUndefined();
    }
  });

  it('reports a wrong number in a few steps', async () => {
    const { sequence, text } = await foundIn(() =>
      planted((_operation, body) =>
        JSON.parse(JSON.stringify(body).replaceAll('"N":"10"', '"N":"11"')),
      ),
    );
    expect(sequence.steps.length).toBeLessThanOrEqual(2);
    expect(text).toContain('"N":"11"');
  });

  it('reports an error in other words', async () => {
    const { sequence, text } = await foundIn(() =>
      planted((_operation, body) =>
        JSON.parse(JSON.stringify(body).replace('conditional request failed', 'condition failed')),
      ),
    );
    expect(sequence.steps.length).toBeLessThanOrEqual(2);
    expect(text).toContain('The condition failed');
  });

  it('reports a missing stream record', async () => {
    const { sequence, text } = await foundIn(() =>
      planted((operation, body) => {
        if (operation !== 'GetRecords' || !Array.isArray(body['Records'])) return body;
        return { ...body, Records: body['Records'].slice(0, 2) };
      }),
    );
    expect(sequence.steps.length).toBeLessThanOrEqual(3);
    expect(text).toContain('different: GetRecords');
  });

  it('reports a write that was answered but not made', async () => {
    const { sequence, text } = await foundIn(forgetful);
    expect(sequence.steps.length).toBeLessThanOrEqual(3);
    expect(text).toContain('DeleteItem');
  });
});
