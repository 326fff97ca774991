import { isObject, textAt, valueAt } from '#local/acquirers/api-json.ts';
import type { InvoiceView, ParkedView } from './snapshot.ts';

export type OperatorApiOptions = {
  readonly baseUrl: string;
  token(): Promise<string>;
};

export type NewInvoice = {
  readonly id: string;
  readonly payerId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
};

/** What the page asks of the operator API. The token stays here: the browser never sees it. */
export type OperatorApi = {
  createInvoice(invoice: NewInvoice): Promise<void>;
  /** Newest first. */
  invoices(limit: number): Promise<InvoiceView[]>;
  inbox(limit: number): Promise<ParkedView[]>;
};

const TIMEOUT_MS = 10_000;

export function createOperatorApi(
  { baseUrl, token }: OperatorApiOptions,
  seller: string,
): OperatorApi {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${baseUrl}${path}`, {
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the operator API answered ${response.status} to ${path}`);
    return JSON.parse(text);
  };
  return {
    async createInvoice({ id, payerId, amountMinor, currency }) {
      const lines = [{ title: 'Evening course', amount: String(amountMinor), vat: '22' }];
      await ask('/v1/invoices', { seller, id, payerId, currency, lines });
    },
    async invoices(limit) {
      const page = await ask(`/v1/invoices?seller=${seller}&limit=${limit}`);
      return rowsOf(page, 'invoices').map(invoiceFrom);
    },
    async inbox(limit) {
      const page = await ask(`/v1/inbox?seller=${seller}&limit=${limit}`);
      return rowsOf(page, 'payments').map(parkedFrom);
    },
  };
}

function rowsOf(page: unknown, name: string): readonly unknown[] {
  const rows = isObject(page) ? page[name] : undefined;
  if (!Array.isArray(rows)) throw new TypeError(`the operator API answered without ${name}`);
  return rows;
}

function invoiceFrom(row: unknown): InvoiceView {
  const status = required(row, 'status');
  return {
    id: required(row, 'id'),
    status: status === 'paid' || status === 'partially_paid' ? status : 'open',
    currency: required(row, 'currency'),
    totalMinor: required(row, 'total'),
    paidMinor: required(row, 'paid'),
    createdAtMs: Date.parse(required(row, 'createdAt')),
  };
}

function parkedFrom(row: unknown): ParkedView {
  const suggestions = valueAt(row, 'suggestions');
  const best: unknown = Array.isArray(suggestions) ? suggestions[0] : undefined;
  return {
    gateway: required(row, 'gateway'),
    paymentId: required(row, 'paymentId'),
    amountMinor: required(row, 'amount'),
    currency: required(row, 'currency'),
    reason: required(row, 'reason'),
    sinceMs: Date.parse(required(row, 'since')),
    invoiceId: textAt(row, 'invoiceId') ?? null,
    suggestion: textAt(best, 'invoiceId') ?? null,
  };
}

function required(row: unknown, name: string): string {
  const text = textAt(row, name);
  if (text === undefined) throw new TypeError(`the operator API answered a row without ${name}`);
  return text;
}
