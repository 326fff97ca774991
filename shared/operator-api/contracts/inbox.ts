import * as z from 'zod';
import { PARK_REASONS } from '#shared/payments/domain/payment.ts';
import { SUGGESTION_REASONS } from '../domain/suggestions.ts';
import {
  currencyCode,
  invoiceId,
  minorDigits,
  moment,
  nextCursor,
  none,
  pageCursor,
  pageLimit,
  seller,
} from './fields.ts';
import { operation } from './operation.ts';
import { paymentPath, paymentSchema } from './payments.ts';

const suggestion = z
  .strictObject({
    invoiceId: z.string(),
    due: minorDigits,
    why: z.array(z.enum(SUGGESTION_REASONS)),
    score: z.int().min(1).max(100),
  })
  .meta({ id: 'Suggestion' });

const parkedPayment = z
  .strictObject({
    seller: z.string(),
    gateway: z.string(),
    paymentId: z.string(),
    amount: minorDigits,
    currency: currencyCode,
    reason: z.enum(PARK_REASONS),
    since: moment,
    ageSeconds: z.int().min(0),
    invoiceId: z.string().exactOptional().meta({ description: 'The reference the gateway gave.' }),
    payerId: z.string().exactOptional(),
    suggestions: z.array(suggestion).meta({ description: 'Best first.' }),
  })
  .meta({ id: 'ParkedPayment' });

export const listInboxOperation = operation({
  id: 'listInbox',
  method: 'get',
  path: '/v1/inbox',
  tag: 'Inbox',
  scope: 'operators/read',
  summary: 'List money that matches no invoice, oldest first',
  params: none,
  query: z.strictObject({ seller, limit: pageLimit, cursor: pageCursor }),
  answers: {
    200: {
      description: 'A page of parked payments.',
      schema: z
        .strictObject({ payments: z.array(parkedPayment), nextCursor })
        .meta({ id: 'InboxPage' }),
    },
  },
  refusals: [],
});

export const allocatePaymentOperation = operation({
  id: 'allocatePayment',
  method: 'post',
  path: '/v1/inbox/{seller}/{gateway}/{paymentId}/allocate',
  tag: 'Inbox',
  scope: 'operators/write',
  summary: 'Allocate a parked payment to an invoice',
  params: paymentPath,
  query: none,
  body: z.strictObject({ invoiceId }).meta({ id: 'NewAllocation' }),
  answers: { 200: { description: 'The payment after it.', schema: paymentSchema } },
  refusals: [
    'payment.not_found',
    'payment.not_parked',
    'invoice.unknown',
    'invoice.nothing_due',
    'invoice.currency_mismatch',
    'service.busy',
  ],
});
