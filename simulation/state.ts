import { fromItem } from '#shared/platform/table.ts';
import { invoicesIn, paymentsIn, prepaymentIn } from './checks/records.ts';
import type { SimulationResult } from './simulation.ts';

/** Where all money stands and who has access, as text: versions and moments differ between runs, this must not. */
export function stateText({ outcome }: Pick<SimulationResult, 'outcome'>): string {
  const { ledger, access, deadLetters } = outcome;
  const payments = paymentsIn(ledger).map(
    (one) =>
      `payment ${one.name} ${one.lifecycle} ${one.settled}+${one.prepaid}+${one.parked} ${one.invoiceId} ${one.parkReason} ${amountsText(one.stated)} ${operationsText(one.parts)}`,
  );
  const invoices = invoicesIn(ledger).map(
    (one) => `invoice ${one.name} ${one.total} ${amountsText(one.settled)}`,
  );
  const prepayment = [...prepaymentIn(ledger)].map(([name, sum]) => `payer ${name} ${sum}`);
  const doors = access
    .map(fromItem)
    .map(({ seller, invoiceId, state }) => `access ${seller}/${invoiceId} ${state}`);
  // A crash just after a burial buries twice; replaying both is harmless.
  const dead = [...new Set(deadLetters)].map((body) => `dead ${body}`);
  return [...payments, ...invoices, ...prepayment, ...doors, ...dead].sort().join('\n');
}

/** Without the gateways' own ids: they are drawn when an operation is made, and that may be later. */
function operationsText(parts: Readonly<Record<string, bigint>>): string {
  return Object.entries(parts)
    .map(([name, sum]) => `${name.slice(0, name.indexOf(':'))}=${sum}`)
    .sort()
    .join(',');
}

function amountsText(amounts: Readonly<Record<string, bigint>>): string {
  return Object.entries(amounts)
    .map(([name, sum]) => `${name}=${sum}`)
    .sort()
    .join(',');
}
