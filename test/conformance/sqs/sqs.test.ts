import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fauxqs, startFauxqs } from './fauxqs.ts';
import { Search, START_MS, told } from './search.ts';

const seed = Number(process.env['CONFORMANCE_SEED'] ?? Date.now() % 2 ** 31);
const wanted = Number(process.env['CONFORMANCE_OPERATIONS'] ?? 10_000);

let emulator: Fauxqs;
let search: Search;

beforeAll(async () => {
  emulator = await startFauxqs(START_MS);
  search = new Search(emulator);
});

afterAll(async () => {
  await emulator?.stop();
});

describe('SQS', () => {
  it(`answers as fauxqs does, from seed ${seed}`, async () => {
    const found = await search.run(seed, wanted);
    const { operations, errors, quirks } = search.tally;
    console.log(`SQS: ${operations} operations compared from seed ${seed}`);
    console.log('refusals:', Object.fromEntries(errors));
    console.log('quirks:', Object.fromEntries(quirks));
    if (found) throw new Error(told(found));
    expect(operations).toBeGreaterThanOrEqual(wanted);
  });
});
