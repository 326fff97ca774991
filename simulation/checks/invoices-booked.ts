import type { Check } from './check.ts';
import { invoicesIn } from './records.ts';

/** All lines of the stories' invoices are of this rate, and include it. */
const VAT_PER_HUNDRED = 22n;

/** What an invoice books when it is issued: the payer owes it, and of it this much is the state's. */
export const invoicesBooked: Check = {
  name: 'invoices booked',
  check: ({ ledger, expected }) =>
    invoicesIn(ledger).flatMap(({ name, seller, payerId, entries }) => {
      const total = expected.invoices.get(name)?.total;
      if (total === undefined) return [];
      const vat = contained(total);
      const wanted = new Map([
        [`receivable:${seller}:${payerId}`, total],
        [`revenue:${seller}`, vat - total],
        [`vat:${seller}`, -vat],
      ]);
      const lines = new Map(entries[0]?.lines.map(({ account, amount }) => [account, amount]));
      return [...wanted]
        .filter(([account, amount]) => (lines.get(account) ?? 0n) !== amount)
        .map(
          ([account, amount]) => `${name} books ${lines.get(account)} on ${account}, not ${amount}`,
        );
    }),
};

/** Half of a kopeck and more is a kopeck. */
function contained(total: bigint): bigint {
  const whole = 100n + VAT_PER_HUNDRED;
  return (2n * total * VAT_PER_HUNDRED + whole) / (2n * whole);
}
