import { fromItem, type Item } from '#shared/platform/table.ts';

/** Checks read the stored items themselves: the product's own readers are what is under test. */
export type PaymentRecord = {
  readonly name: string;
  readonly key: string;
  readonly seller: string;
  readonly currency: string;
  readonly lifecycle: string;
  readonly invoiceId: string | undefined;
  readonly payerId: string | undefined;
  /** The invoice that an operator has decided on. */
  readonly boundTo: string | undefined;
  readonly settled: bigint;
  readonly prepaid: bigint;
  readonly parked: bigint;
  readonly parkReason: string | undefined;
  readonly stated: Readonly<Record<string, bigint>>;
  readonly parts: Readonly<Record<string, bigint>>;
  readonly entries: readonly Entry[];
  readonly sequence: number;
  readonly version: number;
};

export type InvoiceRecord = {
  readonly name: string;
  readonly seller: string;
  readonly invoiceId: string;
  readonly payerId: string;
  readonly currency: string;
  readonly total: bigint;
  readonly settled: Readonly<Record<string, bigint>>;
  readonly entries: readonly Entry[];
  readonly sequence: number;
};

export type Entry = {
  readonly id: string;
  readonly currency: string;
  readonly lines: readonly { readonly account: string; readonly amount: bigint }[];
};

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function amounts(value: unknown): Record<string, bigint> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, amount]) =>
      typeof amount === 'bigint' ? [[name, amount]] : [],
    ),
  );
}

function amount(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function entries(value: unknown): Entry[] {
  return (Array.isArray(value) ? value : []).map((one: unknown) => {
    const { id, currency, lines } = fieldsOf(one);
    return {
      id: text(id),
      currency: text(currency),
      lines: (Array.isArray(lines) ? lines : []).map((line: unknown) => {
        const { account, amount: sum } = fieldsOf(line);
        return { account: text(account), amount: amount(sum) };
      }),
    };
  });
}

export function paymentsIn(items: readonly Item[]): PaymentRecord[] {
  return ofKind(items, 'payment').map((fields) => {
    const allocation = fieldsOf(fields['allocation']);
    const key = `${text(fields['gateway'])}:${text(fields['paymentId'])}`;
    const seller = text(fields['seller']);
    return {
      name: `${seller}/${key}`,
      key,
      seller,
      currency: text(fields['currency']),
      lifecycle: text(fields['lifecycle']),
      invoiceId: optionalText(allocation['invoiceId']),
      payerId: optionalText(allocation['payerId']),
      boundTo: optionalText(fieldsOf(fields['binding'])['invoiceId']),
      settled: amount(allocation['settled']),
      prepaid: amount(allocation['prepaid']),
      parked: amount(allocation['parked']),
      parkReason: optionalText(allocation['parkReason']),
      stated: amounts(fields['stated']),
      parts: amounts(fields['parts']),
      entries: entries(fields['entries']),
      sequence: Number(amount(fields['sequence'])),
      version: Number(amount(fields['version'])),
    };
  });
}

export function invoicesIn(items: readonly Item[]): InvoiceRecord[] {
  return ofKind(items, 'invoice').map((fields) => {
    const seller = text(fields['seller']);
    const invoiceId = text(fields['invoiceId']);
    return {
      name: `${seller}/${invoiceId}`,
      seller,
      invoiceId,
      payerId: text(fields['payerId']),
      currency: text(fields['currency']),
      total: amount(fields['total']),
      settled: amounts(fields['settled']),
      entries: entries(fields['entries']),
      sequence: Number(amount(fields['sequence'])),
    };
  });
}

/** Prepayment of payers by `<seller>/<payer> <currency>`, without zeros. */
export function prepaymentIn(items: readonly Item[]): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const fields of ofKind(items, 'payer')) {
    for (const [name, sum] of Object.entries(amounts(fields))) {
      if (!name.startsWith('prepaid_') || sum === 0n) continue;
      const payer = `${text(fields['seller'])}/${text(fields['payerId'])}`;
      found.set(`${payer} ${name.slice('prepaid_'.length)}`, sum);
    }
  }
  return found;
}

function ofKind(items: readonly Item[], kind: string): Fields[] {
  return items.map(fromItem).filter((fields) => fields['kind'] === kind);
}

export function sum(all: Iterable<bigint>): bigint {
  let total = 0n;
  for (const one of all) total += one;
  return total;
}
