import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../simulation/checks/registry.ts';
import { FAULTS } from '../../simulation/faults/registry.ts';
import { simulate } from '../../simulation/simulation.ts';
import { STORY_KINDS } from '../../simulation/world/story.ts';

// The budget of CI is a script; here is a minute's worth of it, so that a broken product or a broken
// simulator is seen with every run of the tests.

const FIXED_SEEDS = [1, 2, 3, 5, 8, 13];

async function problemsOf(seed: number, payments: number): Promise<readonly string[]> {
  return (await simulate({ seed, world: payments })).problems;
}

describe('the payment path under simulated faults', () => {
  it.each(FIXED_SEEDS)('keeps every promise with seed %i', async (seed) => {
    expect(await problemsOf(seed, 25)).toEqual([]);
  });

  it('keeps every promise with a fresh seed, which is printed', async () => {
    const seed = Date.now() % 1_000_000;
    const problems = await problemsOf(seed, 60);
    const again = `npm run simulate -- --seed ${seed} --payments 60 --minimise`;
    process.stdout.write(`fresh seed ${seed}\n`);
    expect(problems, again).toEqual([]);
  });

  it('meets every fault and every kind of story within a few seeds', async () => {
    const faults = new Set<string>();
    const kinds = new Set<string>();
    for (let seed = 20; seed < 26; seed++) {
      const { strikesByFault, stories } = await simulate({ seed, world: 25 });
      for (const name of Object.keys(strikesByFault)) faults.add(name);
      for (const { kind } of stories) kinds.add(kind);
    }
    expect([...faults].sort()).toEqual(FAULTS.map(({ name }) => name).sort());
    expect([...kinds].sort()).toEqual([...STORY_KINDS].sort());
  });
});

describe('a run', () => {
  it('takes the same steps whenever it is given the same seed', async () => {
    const one = await simulate({ seed: 7, world: 20, keepsTrace: true });
    const two = await simulate({ seed: 7, world: 20, keepsTrace: true });
    expect(two.trace).toEqual(one.trace);
    expect(two.digest).toBe(one.digest);
    expect(one.trace.length).toBeGreaterThan(500);
  });

  it('takes other steps with another seed', async () => {
    const one = await simulate({ seed: 7, world: 20 });
    const two = await simulate({ seed: 8, world: 20 });
    expect(two.digest).not.toBe(one.digest);
  });

  it('takes the same steps whether the SDK writes every request or hands it to the engine', async () => {
    const short = await simulate({ seed: 9, world: 10, clients: 'short', keepsTrace: true });
    const whole = await simulate({ seed: 9, world: 10, clients: 'whole', keepsTrace: true });
    expect(whole.trace).toEqual(short.trace);
  });

  it('repeats a seed from the list of its strikes alone', async () => {
    const drawn = await simulate({ seed: 4, world: 20 });
    const listed = await simulate({ seed: 4, world: 20, strikes: drawn.strikes });
    expect(listed.digest).toBe(drawn.digest);
    expect(drawn.strikes.size).toBeGreaterThan(20);
  });

  it('leaves a story as it is when others are left out', async () => {
    const all = await simulate({ seed: 6, world: 20, faults: [] });
    const some = await simulate({ seed: 6, world: 20, faults: [], only: new Set([3, 7]) });
    const kept = all.stories.filter(({ index }) => index === 3 || index === 7);
    expect(some.stories).toEqual(kept);
    expect(some.problems).toEqual([]);
  });
});

describe('the checks', () => {
  it('each find what they are for, when it is planted into an outcome', async () => {
    const { outcome } = await simulate({ seed: 11, world: 25, faults: [] });
    const broken = {
      ...outcome,
      ledger: outcome.ledger.map(twisted),
      published: outcome.published.slice(1),
      access: [],
      deadLetters: ['a message that nobody poisoned'],
      waiting: new Map([['payments', 1]]),
      observed: ['seen'],
      watched: { ...outcome.watched, broken: 1 },
    };
    const silent = CHECKS.filter(({ check }) => check(broken).length === 0);
    expect(silent.map(({ name }) => name)).toEqual([]);
    expect(CHECKS.flatMap(({ check }) => check(outcome))).toEqual([]);
  });
});

type Stored = Awaited<ReturnType<typeof simulate>>['outcome']['ledger'][number];

/** One kopeck more in every number, and one payment on every invoice: every money check must see it. */
function twisted(item: Stored): Stored {
  const text = JSON.stringify(item);
  const more = text.replace(
    /"amount":\{"N":"(-?\d+)"\}/g,
    (_, n) => `"amount":{"N":"${BigInt(n) + 1n}"}`,
  );
  const changed = JSON.parse(more) as Stored;
  if (item['kind']?.S !== 'invoice') return changed;
  return { ...changed, settled: { M: { 'stripe:everywhere': { N: '1' } } } };
}
