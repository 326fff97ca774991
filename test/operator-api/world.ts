import { createHash } from 'node:crypto';
import { createApp } from '#functions/operator-api/handle-request/app.ts';
import type { PaymentLink, RefundTicket } from '#shared/gateways/gateway.ts';
import type { Invoice, InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import type { InvoiceStore } from '#shared/invoices/ports.ts';
import { createCreateInvoice } from '#shared/invoices/usecases/create-invoice.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';
import type { PayerEntry } from '#shared/operator-api/domain/payer-statement.ts';
import type { AfterCommit } from '#shared/operator-api/domain/stages.ts';
import type {
  FiledDeadLetter,
  KeptRefusal,
  OpenGateway,
  OperatorApiPorts,
  Page,
  PageRequest,
} from '#shared/operator-api/ports.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import { type Payment, type PaymentRef, paymentKey } from '#shared/payments/domain/payment.ts';
import type { PaymentStore } from '#shared/payments/ports.ts';
import {
  createAllocatePayment,
  createResettlePayment,
} from '#shared/payments/usecases/resettle-payments.ts';
import description from '../../docs/openapi.json' with { type: 'json' };
import { NOON } from './builders.ts';

/** Everything outside the API, in memory. Settlement and creation are the real use cases. */
export type World = ReturnType<typeof createWorld>;

export function createWorld() {
  const state = {
    now: NOON as Instant,
    invoices: new Map<string, Invoice>(),
    lines: new Map<string, readonly InvoiceLine[]>(),
    payments: new Map<string, Payment>(),
    linkNumbers: new Map<string, number>(),
    afterCommit: {} as AfterCommit,
    entries: [] as PayerEntry[],
    deadLetters: [] as FiledDeadLetter[],
    unreadableLetters: new Set<string>(),
    refusals: [] as KeptRefusal[],
    gatewayCalls: [] as { call: string; request: unknown }[],
    link: (): PaymentLink => ({ url: 'https://pay.example/1' }),
    refund: (): RefundTicket => ({ refundId: 'r-1', state: 'accepted' }),
    /** Called before a settlement is saved: lets a test write in between. */
    beforeSave: (): void => {},
    writes: [] as object[],
    failures: [] as unknown[],
    ids: 0,
  };
  const store = paymentStore(state);
  const clock = () => state.now;
  const ports: OperatorApiPorts = {
    now: clock,
    newInvoiceId: () => `GENERATED${++state.ids}`,
    digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 30),
    invoices: invoices(state, store),
    payments: {
      read: async (ref) => state.payments.get(paymentName(ref)),
      allocate: createAllocatePayment({ store, clock }),
      afterCommit: async () => state.afterCommit,
      listParked: async (seller, page) => {
        const rows = [...state.payments.values()]
          .filter((payment) => payment.seller === seller && payment.allocation.parked > 0n)
          .sort((a, b) => (parkedPosition(a) < parkedPosition(b) ? -1 : 1));
        return paged(rows, parkedPosition, page);
      },
    },
    payers: {
      entries: async (_, before) => state.entries.filter(({ bookedAt }) => bookedAt < before),
    },
    deadLetters: deadLetters(state),
    refusedDeliveries: {
      async list({ day, gateway, withRaw }, page) {
        const rows = state.refusals
          .filter(({ at }) => at.startsWith(day))
          .filter((refusal) => gateway === undefined || refusal.gateway === gateway)
          .sort((a, b) => (a.id > b.id ? -1 : 1));
        const { rows: shown, next } = paged(rows, ({ id }) => id, page, 'down');
        return { rows: withRaw ? shown : shown.map(({ raw: _, ...row }) => row), next };
      },
    },
    gateways: { open: async (name, seller) => openGateway(state, name, seller) },
    webhooksBaseUrl: 'https://hooks.example',
  };
  const app = createApp({
    ports,
    description,
    logWrite: (entry) => state.writes.push(entry),
    logFailure: (error) => state.failures.push(error),
  });
  return {
    state,
    ports,
    app,
    put(...rows: readonly (Invoice | Payment)[]) {
      for (const row of rows) {
        if ('paymentId' in row) state.payments.set(paymentName(row), row);
        else state.invoices.set(invoiceName(row), row);
      }
    },
  };
}

type State = ReturnType<typeof createWorld>['state'];

function invoices(state: State, store: PaymentStore): OperatorApiPorts['invoices'] {
  const clock = () => state.now;
  const invoiceStore = inMemoryInvoices(state);
  const resettle = createResettlePayment({ store, clock });
  return {
    create: createCreateInvoice({ store: invoiceStore, resettle, clock }),
    read: invoiceStore.read,
    lines: invoiceStore.lines,
    readSome: async (refs) => refs.flatMap((ref) => state.invoices.get(invoiceName(ref)) ?? []),
    async list(seller, page) {
      const rows = [...state.invoices.values()]
        .filter((invoice) => invoice.seller === seller)
        .sort((a, b) => (createdPosition(a) > createdPosition(b) ? -1 : 1));
      return paged(rows, createdPosition, page, 'down');
    },
    async nextLinkNumber(ref) {
      const number = (state.linkNumbers.get(invoiceName(ref)) ?? 0) + 1;
      state.linkNumbers.set(invoiceName(ref), number);
      return number;
    },
  };
}

function inMemoryInvoices(state: State): InvoiceStore {
  return {
    async create({ invoice, lines }) {
      if (state.invoices.has(invoiceName(invoice))) return 'exists';
      state.invoices.set(invoiceName(invoice), invoice);
      state.lines.set(invoiceName(invoice), lines);
      return 'created';
    },
    read: async (ref) => state.invoices.get(invoiceName(ref)),
    lines: async (ref) => state.lines.get(invoiceName(ref)) ?? [],
    async waitingPayments({ seller, invoiceId }) {
      return [...state.payments.values()].filter(
        (payment) =>
          payment.seller === seller &&
          invoiceIdOf(payment) === invoiceId &&
          payment.allocation.parkReason === 'unknown_invoice',
      );
    },
    listMonth: () => Promise.reject(new Error('the API lists through its own port')),
  };
}

/** Keeps versions as the table does: whoever wrote meanwhile makes the save stale. */
function paymentStore(state: State): PaymentStore {
  return {
    async load() {
      const payments = new Map(state.payments);
      const heads = new Map(state.invoices);
      return {
        payment: (ref) => payments.get(paymentName(ref)),
        invoice: (ref) => heads.get(invoiceName(ref)),
        hasPayer: () => true,
      };
    },
    async save({ payments, invoice }) {
      state.beforeSave();
      const isStale = payments.some(
        ({ before, after }) =>
          (state.payments.get(paymentName(after))?.version ?? 0) !== (before?.version ?? 0),
      );
      const head = invoice && state.invoices.get(invoiceName(invoice.before));
      if (isStale || (invoice && head?.version !== invoice.before.version)) return 'stale';
      for (const { after } of payments) state.payments.set(paymentName(after), after);
      if (invoice) state.invoices.set(invoiceName(invoice.after), invoice.after);
      return 'saved';
    },
  };
}

function deadLetters(state: State): OperatorApiPorts['deadLetters'] {
  return {
    async list(page) {
      const rows = state.deadLetters
        .filter(({ replayedAt }) => replayedAt === undefined)
        .sort((a, b) => (letterPosition(a) > letterPosition(b) ? -1 : 1));
      return paged(rows, letterPosition, page, 'down');
    },
    async replay(id, by, at) {
      const index = state.deadLetters.findIndex((letter) => letter.id === id);
      const found = state.deadLetters[index];
      if (!found) return { outcome: 'not_found' };
      if (state.unreadableLetters.has(id)) return { outcome: 'not_replayable' };
      const letter = { ...found, replayedAt: at, replayedBy: by };
      state.deadLetters[index] = letter;
      return { outcome: 'replayed', letter };
    },
  };
}

function openGateway(
  state: State,
  name: string,
  seller: string,
): OpenGateway | 'gateway.unknown' | 'gateway.account_missing' {
  if (!['yookassa', 'cloudpayments', 'bare'].includes(name)) return 'gateway.unknown';
  if (seller !== 'shop') return 'gateway.account_missing';
  const hasOneAddress = name !== 'cloudpayments';
  if (name === 'bare') return { name, hasOneAddress };
  return {
    name,
    hasOneAddress,
    async createLink(request) {
      state.gatewayCalls.push({ call: 'createLink', request });
      return state.link();
    },
    async refund(request) {
      state.gatewayCalls.push({ call: 'refund', request });
      return state.refund();
    },
  };
}

function paged<Row>(
  rows: readonly Row[],
  positionOf: (row: Row) => string,
  { limit, after }: PageRequest,
  direction: 'up' | 'down' = 'up',
): Page<Row> {
  const rest = rows.filter((row) => {
    if (after === undefined) return true;
    return direction === 'up' ? positionOf(row) > after : positionOf(row) < after;
  });
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: last && rest.length > limit ? positionOf(last) : undefined };
}

function createdPosition({ createdAt, invoiceId }: Invoice): string {
  return `${createdAt}#${invoiceId}`;
}

function parkedPosition(payment: Payment): string {
  return `${payment.parkedAt}#${paymentKey(payment)}`;
}

function letterPosition({ diedAt, id }: FiledDeadLetter): string {
  return `${diedAt}#${id}`;
}

function paymentName(ref: PaymentRef): string {
  return `${ref.seller} ${paymentKey(ref)}`;
}

function invoiceName({ seller, invoiceId }: InvoiceRef): string {
  return `${seller} ${invoiceId}`;
}
