import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigInvalid, parseWorld, readSetup } from '../../simulation/config.ts';
import { FAULTS } from '../../simulation/faults/registry.ts';
import { optionsOf } from '../../simulation/seeds/settings.ts';
import { simulate } from '../../simulation/simulation.ts';

const EXAMPLE = 'simulation/examples/my-simulation.json';
const ADDITIONS = 'simulation/examples/my-faults-and-checks.ts';

function problemsOf(text: string): string {
  try {
    parseWorld(text);
    return 'no problem';
  } catch (error) {
    return error instanceof ConfigInvalid ? error.message : `another error: ${error}`;
  }
}

describe("a user's own configuration", () => {
  it('is the world of the example: its sellers, gateways, currencies and amounts, and no others', async () => {
    const settings = { payments: 60, pressure: 1, wholeSdk: false, keepsTrace: false };
    const paths = { config: EXAMPLE, additions: ADDITIONS };
    const setup = await readSetup(paths);
    const options = optionsOf(1, settings, setup);
    const { stories, problems } = await simulate({ ...options, faults: [] });
    const payments = stories.flatMap((story) => story.payments);
    const namesOf = <T>(values: readonly T[]) => [...new Set(values)].sort();
    expect(namesOf(payments.map(({ seller }) => seller))).toEqual(['bakery', 'studio']);
    expect(namesOf(payments.map(({ gateway }) => gateway.name))).toEqual([
      'mygateway',
      'stripe',
      'tbank',
      'yookassa',
    ]);
    expect(namesOf(payments.map(({ currency }) => currency))).toEqual(['EUR', 'RUB']);
    expect(namesOf(stories.map(({ kind }) => kind))).toEqual([
      'instalments',
      'mistyped',
      'returned',
      'single',
      'subscription',
    ]);
    expect(payments.some(({ wire }) => wire)).toBe(true);
    expect(payments.some(({ wire }) => !wire)).toBe(true);
    expect(problems).toEqual([]);
  });

  it('brings its own faults and checks, which strike and are asked', async () => {
    const settings = { payments: 30, pressure: 1, wholeSdk: false, keepsTrace: false };
    const setup = await readSetup({ config: EXAMPLE, additions: ADDITIONS });
    const options = optionsOf(2, settings, setup);
    expect(options.faults?.length).toBe(FAULTS.length + 1);
    const lunch = options.faults?.filter(({ name }) => name === 'lunch_break') ?? [];
    const always = lunch.map((fault) => ({ ...fault, rates: [1] as const }));
    const strict = { name: 'nothing may settle', check: () => ['something settled'] };
    const run = { ...options, world: 6, faults: always, checks: [strict] };
    const results = [await simulate({ ...run, seed: 1 }), await simulate({ ...run, seed: 2 })];
    const struck = results.map(({ strikesByFault }) => strikesByFault['lunch_break'] ?? 0);
    expect(Math.max(...struck)).toBeGreaterThan(0);
    for (const { problems } of results)
      expect(problems).toEqual(['nothing may settle: something settled']);
  });

  it('may name gateways of the registry alone; then everything is on the wire', async () => {
    const setting = parseWorld('{ "gateways": ["yookassa"] }');
    const { stories, problems } = await simulate({ seed: 1, world: 10, faults: [], setting });
    const payments = stories.flatMap((story) => story.payments);
    expect(payments.every(({ wire }) => wire?.gateway === 'yookassa')).toBe(true);
    expect(problems).toEqual([]);
  });

  it.each([
    ['{ "gateways": ["nope"] }', 'gateways.0: must be a gateway of the registry'],
    ['{ "gateways": [{ "name": "X" }] }', 'gateways.0: '],
    ['{ "payer": 3 }', 'Unrecognized key: "payer"'],
    ['{ "payers": 0 }', 'payers: '],
    ['{ "amounts": { "min": "5", "max": "1" } }', 'amounts: min must not be more than max'],
    ['{ "amounts": { "min": "0", "max": "1" } }', 'amounts.min: must be minor units as digits'],
    ['{ "currencies": ["RUR"] }', 'currencies.0: must be an ISO 4217 code'],
    ['{ "stories": { "wedding": 1 } }', 'stories.wedding: is no kind of story'],
    ['{ "stories": { "single": 0 } }', 'stories: at least one weight must be over 0'],
    [
      '{ "gateways": ["yookassa"], "stories": { "top_up": 1 } }',
      'stories.top_up: needs a gateway that is a dialect',
    ],
    ['{ "gateways": ["yookassa"], "wire": 0.5 }', 'wire: must be 1'],
    [
      '{ "gateways": ["tbank"], "currencies": ["RUB", "EUR"] }',
      'currencies: none of the gateways takes EUR',
    ],
    ['{ "sellers": ["a b"] }', 'sellers.0: must be a seller id'],
    ['{', 'it is not JSON'],
  ])('%s is refused by the name of its field', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it('refuses a module whose exports are no faults, checks or stories', async () => {
    await expect(readSetup({ additions: 'test/simulation/no-additions.ts' })).rejects.toThrow(
      /no-additions.ts: faults.0.rates: /,
    );
  });

  it('has an example that the document shows as it is', () => {
    expect(readFileSync('docs/simulation.md', 'utf8')).toContain(readFileSync(EXAMPLE, 'utf8'));
  });
});
