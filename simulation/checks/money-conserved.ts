import type { Check } from './check.ts';
import { invoicesIn, paymentsIn, prepaymentIn, sum } from './records.ts';

/** S1: what the gateways hold for us stands on invoices, as prepayment, or in suspense. To the kopeck. */
export const moneyConserved: Check = {
  name: 'S1 money conserved',
  check({ ledger, expected, stories }) {
    const payments = paymentsIn(ledger);
    const received = sum([...expected.payments.values()].map(({ net }) => net));
    const onInvoices = sum(invoicesIn(ledger).flatMap(({ settled }) => Object.values(settled)));
    const prepaid = sum(prepaymentIn(ledger).values());
    const parked = sum(payments.map((payment) => payment.parked));
    const placed = onInvoices + prepaid + parked;
    return received === placed
      ? []
      : [
          `${stories.length} stories: the gateways hold ${received}; invoices ${onInvoices} + prepayment ${prepaid} + suspense ${parked} = ${placed}`,
        ];
  },
};
