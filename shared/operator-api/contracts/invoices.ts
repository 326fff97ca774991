import * as z from 'zod';
import { VAT_CODES } from '#shared/invoices/domain/invoice.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import {
  currency,
  currencyCode,
  gateway,
  invoiceId,
  minorDigits,
  moment,
  nextCursor,
  none,
  pageCursor,
  pageLimit,
  payerId,
  positiveAmount,
  seller,
} from './fields.ts';
import { operation } from './operation.ts';

const INVOICE_STATUSES = ['open', 'partially_paid', 'paid', 'void'] as const;
const LINES_MAX = 100;
const TITLE_MAX = 200;
const RETURN_URL_MAX = 500;

const newLine = z.strictObject({
  title: z
    .string()
    .max(TITLE_MAX)
    .regex(/\S/, 'must not be blank')
    .refine(isSafeText, 'must not hold control or invisible characters')
    .meta({ example: 'Subscription, September' }),
  amount: positiveAmount,
  vat: z.enum(VAT_CODES).meta({ description: 'VAT rate in per cent; `none` is *без НДС*.' }),
});

export const newInvoice = z
  .strictObject({
    seller,
    id: invoiceId.exactOptional(),
    payerId,
    currency,
    lines: z
      .array(newLine)
      .min(1)
      .max(LINES_MAX)
      .meta({ description: 'Amounts include VAT, which is taken out of each line, half up.' }),
  })
  .meta({ id: 'NewInvoice' });

const stageTimes = z
  .strictObject({
    reportedAt: moment.exactOptional(),
    receivedAt: moment,
    queuedAt: moment,
    startedAt: moment,
    committedAt: moment,
  })
  .meta({ id: 'StageTimes' });

const invoiceSummary = z
  .strictObject({
    seller: z.string(),
    id: z.string(),
    payerId: z.string(),
    currency: currencyCode,
    status: z.enum(INVOICE_STATUSES),
    total: minorDigits,
    vat: minorDigits,
    paid: minorDigits,
    due: minorDigits,
    createdAt: moment,
    paidAt: moment.exactOptional(),
  })
  .meta({ id: 'InvoiceSummary' });
export type InvoiceSummaryView = z.input<typeof invoiceSummary>;

const invoice = invoiceSummary
  .extend({
    lines: z.array(
      z.strictObject({
        title: z.string(),
        amount: minorDigits,
        vat: z.enum(VAT_CODES),
        vatAmount: minorDigits,
      }),
    ),
    payments: z.array(
      z.strictObject({ gateway: z.string(), paymentId: z.string(), settled: minorDigits }),
    ),
    lastPayment: z
      .strictObject({ gateway: z.string(), paymentId: z.string(), times: stageTimes })
      .exactOptional(),
  })
  .meta({ id: 'Invoice' });
export type InvoiceView = z.input<typeof invoice>;

/** Web addresses only; plain http only on this machine, where there is nothing to listen in on. */
function isReturnAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1';
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}

const newLink = z
  .strictObject({
    gateway,
    returnUrl: z
      .string()
      .max(RETURN_URL_MAX)
      .refine(isSafeText, { error: 'must not hold control or invisible characters', abort: true })
      .refine(isReturnAddress, 'must be an https address without a user name')
      .meta({ format: 'uri', example: 'https://shop.example/paid' }),
    twoStage: z.boolean().default(false).meta({ description: 'Hold now, capture later.' }),
  })
  .meta({ id: 'NewLink' });

const link = z
  .strictObject({
    url: z.string(),
    paymentId: z.string().exactOptional(),
    expiresAt: moment.exactOptional(),
  })
  .meta({ id: 'Link' });

const onInvoice = z.strictObject({ seller, id: invoiceId });

export const createInvoiceOperation = operation({
  id: 'createInvoice',
  method: 'post',
  path: '/v1/invoices',
  tag: 'Invoices',
  scope: 'operators/write',
  summary: 'Create an invoice',
  description:
    'The same id with the same content answers 200 with the invoice as it stands. Without an id, ' +
    'the `Idempotency-Key` names the invoice; without both, each call makes a new one.',
  params: none,
  query: none,
  headers: z.object({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
      .exactOptional(),
  }),
  body: newInvoice,
  answers: {
    200: { description: 'It existed already.', schema: invoice },
    201: { description: 'Created.', schema: invoice },
  },
  refusals: ['invoice.content_differs'],
});

export const readInvoiceOperation = operation({
  id: 'readInvoice',
  method: 'get',
  path: '/v1/invoices/{seller}/{id}',
  tag: 'Invoices',
  scope: 'operators/read',
  summary: 'Read an invoice',
  params: onInvoice,
  query: none,
  answers: { 200: { description: 'The invoice.', schema: invoice } },
  refusals: ['invoice.not_found'],
});

export const listInvoicesOperation = operation({
  id: 'listInvoices',
  method: 'get',
  path: '/v1/invoices',
  tag: 'Invoices',
  scope: 'operators/read',
  summary: 'List invoices, newest first',
  description:
    'With a status, a page may hold fewer rows than asked for while there is a `nextCursor`.',
  params: none,
  query: z.strictObject({
    seller,
    status: z.enum(INVOICE_STATUSES).exactOptional(),
    limit: pageLimit,
    cursor: pageCursor,
  }),
  answers: {
    200: {
      description: 'A page of invoices.',
      schema: z
        .strictObject({ invoices: z.array(invoiceSummary), nextCursor })
        .meta({ id: 'InvoicePage' }),
    },
  },
  refusals: [],
});

export const createLinkOperation = operation({
  id: 'createLink',
  method: 'post',
  path: '/v1/invoices/{seller}/{id}/links',
  tag: 'Invoices',
  scope: 'operators/write',
  summary: 'Create a payment link for what is due',
  params: onInvoice,
  query: none,
  body: newLink,
  answers: { 201: { description: 'Where the payer pays.', schema: link } },
  refusals: [
    'invoice.not_found',
    'invoice.nothing_due',
    'gateway.unknown',
    'gateway.account_missing',
    'gateway.call_missing',
    'gateway.declined',
    'gateway.unavailable',
  ],
});
