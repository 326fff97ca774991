import type { Check, Outcome } from './check.ts';
import { invoicesIn, paymentsIn, prepaymentIn } from './records.ts';

/** S4: every balance that is kept is the fold of the journal's lines. */
export const balancesFolded: Check = {
  name: 'S4 balances are folds of the journal',
  check({ ledger, expected }) {
    const booked = fold(ledger);
    const kept = keptBalances(ledger, expected);
    const names = new Set([...booked.keys(), ...kept.keys()]);
    return [...names]
      .filter((name) => (booked.get(name) ?? 0n) !== (kept.get(name) ?? 0n))
      .map((name) => `${name}: booked ${booked.get(name) ?? 0n}, kept ${kept.get(name) ?? 0n}`);
  },
};

/** Only payments: what invoices book is turned over, not money. */
function fold(ledger: Outcome['ledger']): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  for (const { entries } of paymentsIn(ledger)) {
    for (const { lines, currency } of entries) {
      for (const { account, amount } of lines) add(balances, `${account} ${currency}`, amount);
    }
  }
  return balances;
}

function keptBalances(
  ledger: Outcome['ledger'],
  expected: Outcome['expected'],
): Map<string, bigint> {
  const kept = new Map<string, bigint>();
  for (const [name, prepaid] of prepaymentIn(ledger)) {
    const [payer = '', currency = ''] = name.split(' ');
    add(kept, `prepayment:${payer.replace('/', ':')} ${currency}`, -prepaid);
  }
  for (const { seller, payerId, currency, settled } of invoicesIn(ledger)) {
    for (const amount of Object.values(settled))
      add(kept, `receivable:${seller}:${payerId} ${currency}`, -amount);
  }
  for (const { seller, currency, parked } of paymentsIn(ledger))
    add(kept, `suspense:unmatched:${seller} ${currency}`, -parked);
  for (const { name, currency } of paymentsIn(ledger)) {
    const { net, held } = expected.payments.get(name) ?? { net: 0n, held: 0n };
    const gateway = name.slice(name.indexOf('/') + 1, name.indexOf(':'));
    add(kept, `gateway:${gateway} ${currency}`, net - held);
    add(kept, `disputes:${gateway} ${currency}`, held);
  }
  return kept;
}

function add(balances: Map<string, bigint>, name: string, amount: bigint): void {
  balances.set(name, (balances.get(name) ?? 0n) + amount);
}
