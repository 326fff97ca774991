import type { ExpectedPayment } from '../oracle.ts';
import { nameOf } from '../world/story.ts';
import type { Check, Outcome } from './check.ts';
import { invoicesIn, type PaymentRecord, paymentsIn, prepaymentIn, sum } from './records.ts';

/** Every payment, invoice and payer stands where the independent oracle says, to the kopeck. */
export const oracleAgrees: Check = {
  name: 'oracle agrees',
  check: (outcome) => [
    ...checkPayments(outcome),
    ...checkRivals(outcome),
    ...checkInvoices(outcome),
    ...checkDecisions(outcome),
    ...checkPrepayment(outcome),
  ],
};

function checkPayments({ ledger, expected }: Outcome): string[] {
  const stored = new Map(paymentsIn(ledger).map((payment) => [payment.name, payment]));
  const strangers = [...stored.keys()].filter((name) => !expected.payments.has(name));
  return [
    ...strangers.map((name) => `payment ${name} never happened`),
    ...[...expected.payments].flatMap(([name, wanted]) =>
      compare(name, wanted, stored.get(name)).map((problem) => `payment ${name}: ${problem}`),
    ),
  ];
}

function compare(_name: string, wanted: ExpectedPayment, is: PaymentRecord | undefined): string[] {
  if (!is) return ['is not in the ledger'];
  const places = is.settled + is.prepaid + is.parked;
  const pairs: [string, unknown, unknown][] = [
    ['net', wanted.net, places],
    ['lifecycle', wanted.lifecycle, is.lifecycle],
    ...(wanted.stands
      ? ([
          ['settled', wanted.stands.settled, is.settled],
          ['prepaid', wanted.stands.prepaid, is.prepaid],
          ['parked', wanted.stands.parked, is.parked],
          ['park reason', wanted.stands.parkReason, is.parkReason],
        ] as [string, unknown, unknown][])
      : []),
  ];
  return pairs
    .filter(([, should, does]) => should !== does)
    .map(([what, should, does]) => `${what} is ${does}, not ${should}`);
}

/** Nobody can say which rival is parked, but a rival is parked only when the invoice is full. */
function checkRivals({ ledger, stories }: Outcome): string[] {
  const stored = new Map(paymentsIn(ledger).map((payment) => [payment.name, payment]));
  return stories
    .filter(({ kind }) => kind === 'rivals')
    .flatMap(({ payments, invoices }) => {
      const parked = payments.filter((one) => (stored.get(nameOf(one))?.parked ?? 0n) > 0n);
      const settled = sum(payments.map((one) => stored.get(nameOf(one))?.settled ?? 0n));
      const total = sum(invoices.map((invoice) => invoice.total));
      return parked.length > 0 && settled < total
        ? [`rival ${parked[0]?.paymentId} is parked while its invoice has ${total - settled} due`]
        : [];
    });
}

/** Whose money an operator has placed, that payment remembers the decision: a later message must not undo it. */
function checkDecisions({ ledger, stories }: Outcome): string[] {
  const stored = new Map(paymentsIn(ledger).map((payment) => [payment.name, payment]));
  return stories.flatMap(({ allocations }) =>
    allocations.flatMap(({ payment, invoice }) => {
      const is = stored.get(nameOf(payment));
      const isPlaced = is?.invoiceId === invoice.invoiceId && is.settled + is.prepaid > 0n;
      return isPlaced && is.boundTo !== invoice.invoiceId
        ? [`payment ${is.name} has forgotten that it was allocated to ${invoice.invoiceId}`]
        : [];
    }),
  );
}

function checkInvoices({ ledger, expected }: Outcome): string[] {
  const stored = new Map(invoicesIn(ledger).map((invoice) => [invoice.name, invoice]));
  return [...expected.invoices].flatMap(([name, { total, settled }]) => {
    const is = stored.get(name);
    if (!is) return [`invoice ${name} is not in the ledger`];
    const paid = sum(Object.values(is.settled));
    const problems: string[] = [];
    if (paid !== settled) problems.push(`invoice ${name} has ${paid} settled, not ${settled}`);
    if (is.total !== total) problems.push(`invoice ${name} is over ${is.total}, not ${total}`);
    return problems;
  });
}

function checkPrepayment({ ledger, expected }: Outcome): string[] {
  const stored = prepaymentIn(ledger);
  const names = new Set([...stored.keys(), ...expected.prepayment.keys()]);
  return [...names]
    .filter((name) => !name.includes('/payer_of'))
    .filter((name) => (stored.get(name) ?? 0n) !== (expected.prepayment.get(name) ?? 0n))
    .map(
      (name) =>
        `payer ${name} has ${stored.get(name) ?? 0n} paid ahead, not ${expected.prepayment.get(name) ?? 0n}`,
    );
}
