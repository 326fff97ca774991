import type { Check } from './check.ts';
import { invoicesIn } from './records.ts';

/** S2: a payment counts on at most one invoice. */
export const oneInvoiceEach: Check = {
  name: 'S2 each payment on one invoice',
  check({ ledger }) {
    const seen = new Map<string, string>();
    const problems: string[] = [];
    for (const { name, seller, settled } of invoicesIn(ledger)) {
      for (const key of Object.keys(settled)) {
        const other = seen.get(`${seller}/${key}`);
        if (other) problems.push(`payment ${key} counts on ${other} and on ${name}`);
        seen.set(`${seller}/${key}`, name);
      }
    }
    return problems;
  },
};
