import { fromItem } from '#shared/platform/table.ts';
import type { Check, Outcome } from './check.ts';
import { invoicesIn, paymentsIn } from './records.ts';

const PAYER_ACCOUNT = /^(receivable|prepayment):/;

/** What payers are shown as their account is what was booked there: the postings are the journal's lines. */
export const payersPosted: Check = {
  name: 'payers posted',
  check({ ledger, journal }) {
    const booked = bookedLines(ledger);
    const posted = postedLines(journal);
    const names = new Set([...booked.keys(), ...posted.keys()]);
    return [...names]
      .filter((name) => booked.get(name) !== posted.get(name))
      .map((name) => `${name}: booked ${booked.get(name)}, posted ${posted.get(name)}`);
  },
};

function bookedLines(ledger: Outcome['ledger']): Map<string, bigint> {
  const lines = new Map<string, bigint>();
  for (const { entries } of [...paymentsIn(ledger), ...invoicesIn(ledger)]) {
    for (const entry of entries) {
      for (const { account, amount } of entry.lines) {
        if (PAYER_ACCOUNT.test(account)) lines.set(`${account} by ${entry.id}`, amount);
      }
    }
  }
  return lines;
}

function postedLines(journal: Outcome['journal']): Map<string, unknown> {
  const postings = journal.filter((item) => item['pk']?.S?.startsWith('ACCOUNT#')).map(fromItem);
  return new Map(
    postings.map(({ pk, entryId, amount }) => [
      `${String(pk).slice('ACCOUNT#'.length)} by ${entryId}`,
      amount,
    ]),
  );
}
