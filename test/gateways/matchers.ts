import { expect } from 'vitest';

/** No totals at all. `toMatchObject` takes `{}` for "any object", so it would not notice money. */
export const noTotals: unknown = expect.toSatisfy(
  (totals: unknown) => JSON.stringify(totals) === '{}',
  'no totals',
);
