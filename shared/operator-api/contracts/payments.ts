import * as z from 'zod';
import { PARK_REASONS } from '#shared/payments/domain/payment.ts';
import { LIFECYCLES, STATEMENT_KINDS, TOTALS } from '#shared/payments/domain/statement.ts';
import {
  currencyCode,
  gateway,
  minorDigits,
  moment,
  none,
  paymentId,
  positiveAmount,
  seller,
} from './fields.ts';
import { operation } from './operation.ts';

const elapsed = z.int().exactOptional();

const stages = z
  .strictObject({
    reportedAt: moment.exactOptional(),
    receivedAt: moment,
    queuedAt: moment,
    startedAt: moment,
    committedAt: moment,
    publishedAt: moment.exactOptional(),
    deliveredAt: moment.exactOptional(),
    durationsMs: z
      .strictObject({
        reported: elapsed,
        receive: elapsed,
        queue: elapsed,
        settle: elapsed,
        publish: elapsed,
        deliver: elapsed,
        receivedToPaid: elapsed,
        reportedToPaid: elapsed,
      })
      .meta({ description: 'How long each stage took. A stage that has not ended is absent.' }),
  })
  .meta({ id: 'Stages' });

const totals = z.strictObject(
  Object.fromEntries(TOTALS.map((total) => [total, minorDigits])) as Record<
    (typeof TOTALS)[number],
    typeof minorDigits
  >, // `fromEntries` forgets the names of the keys.
);

const payment = z
  .strictObject({
    seller: z.string(),
    gateway: z.string(),
    paymentId: z.string(),
    currency: currencyCode.exactOptional(),
    lifecycle: z.enum(LIFECYCLES),
    test: z.boolean(),
    invoiceId: z.string().exactOptional().meta({ description: 'As the gateway gave it.' }),
    payerId: z.string().exactOptional().meta({ description: 'As the gateway gave it.' }),
    binding: z
      .strictObject({ invoiceId: z.string(), by: z.string(), at: moment })
      .exactOptional()
      .meta({ description: 'The invoice that an operator chose, and who did.' }),
    failureReason: z.string().exactOptional(),
    totals: totals.meta({ description: 'Totals so far. Each of them only grows.' }),
    standing: z.strictObject({
      received: minorDigits,
      returned: minorDigits,
      lost: minorDigits,
      held: minorDigits,
      net: minorDigits,
      overReturned: minorDigits,
    }),
    allocation: z.strictObject({
      settled: minorDigits,
      prepaid: minorDigits,
      parked: minorDigits,
      invoiceId: z.string().exactOptional(),
      payerId: z.string().exactOptional(),
      parkReason: z.enum(PARK_REASONS).exactOptional(),
    }),
    parkedAt: moment.exactOptional(),
    reports: z.array(
      z.strictObject({
        kind: z.enum(STATEMENT_KINDS),
        at: moment,
        sha256: z.string().exactOptional(),
        archive: z.string().exactOptional(),
        reread: z.boolean(),
      }),
    ),
    entries: z.array(
      z.strictObject({
        id: z.string(),
        bookedAt: moment,
        currency: currencyCode,
        cause: z.string(),
        lines: z.array(z.strictObject({ account: z.string(), amount: minorDigits })),
      }),
    ),
    stages: stages.exactOptional(),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.input<typeof payment>;
export const paymentSchema = payment;

const onPayment = z.strictObject({ seller, gateway, paymentId });
export const paymentPath = onPayment;

const newRefund = z
  .strictObject({
    amount: positiveAmount,
    idempotencyKey: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be 1 to 40 letters, digits, "_" or "-"')
      .exactOptional()
      .meta({
        description:
          'Same key, same refund, where the gateway supports it. Unless told, it is made of the ' +
          'amount and what was returned so far: a repeated click refunds once.',
      }),
  })
  .meta({ id: 'NewRefund' });

export const readPaymentOperation = operation({
  id: 'readPayment',
  method: 'get',
  path: '/v1/payments/{seller}/{gateway}/{paymentId}',
  tag: 'Payments',
  scope: 'operators/read',
  summary: 'Read a payment, what was booked for it and how long each stage took',
  params: onPayment,
  query: none,
  answers: { 200: { description: 'The payment.', schema: payment } },
  refusals: ['payment.not_found'],
});

export const refundPaymentOperation = operation({
  id: 'refundPayment',
  method: 'post',
  path: '/v1/payments/{seller}/{gateway}/{paymentId}/refunds',
  tag: 'Payments',
  scope: 'operators/write',
  summary: 'Order a refund from the gateway',
  description: "The money is booked when the gateway's notification or a re-read says it moved.",
  params: onPayment,
  query: none,
  body: newRefund,
  answers: {
    202: {
      description: 'The gateway took the order.',
      schema: z
        .strictObject({
          refundId: z.string().exactOptional(),
          state: z.enum(['accepted', 'done']),
          amount: minorDigits,
          currency: currencyCode,
        })
        .meta({ id: 'Refund' }),
    },
  },
  refusals: [
    'payment.not_found',
    'payment.refund_exceeds_rest',
    'gateway.unknown',
    'gateway.account_missing',
    'gateway.call_missing',
    'gateway.declined',
    'gateway.unavailable',
  ],
});
