import { fromItem } from '#shared/platform/table.ts';
import type { Check } from './check.ts';

/** The consumer's end: whoever has paid in full has access, and nobody else has. */
export const accessRight: Check = {
  name: 'access right',
  check({ access, expected }) {
    const states = new Map(
      access.map(fromItem).map((row) => [`${row['seller']}/${row['invoiceId']}`, row['state']]),
    );
    return [...expected.invoices].flatMap(([name, { total, settled }]) => {
      const isPaid = settled >= total;
      const isOpen = states.get(name) === 'granted';
      return isPaid === isOpen
        ? []
        : [`invoice ${name} is ${isPaid ? 'paid' : 'not paid'}, and access is ${states.get(name)}`];
    });
  },
};
