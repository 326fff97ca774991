import type { Check } from './check.ts';
import { invoicesIn, paymentsIn, sum } from './records.ts';

/** S3: the lines of every entry sum to zero. */
export const entriesBalanced: Check = {
  name: 'S3 entries balanced',
  check({ ledger }) {
    const entries = [...paymentsIn(ledger), ...invoicesIn(ledger)].flatMap((one) => one.entries);
    return entries
      .filter(({ lines }) => lines.length < 2 || sum(lines.map(({ amount }) => amount)) !== 0n)
      .map(({ id }) => `entry ${id} does not sum to zero`);
  },
};
