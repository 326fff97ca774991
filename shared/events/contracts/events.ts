import * as z from 'zod';
import { PARK_REASONS } from '#shared/payments/domain/payment.ts';

/** The bus source of everything that follows from the ledger. */
export const EVENT_SOURCE = 'priliv.ledger';

const minor = z
  .string()
  .regex(/^-?\d+$/)
  .describe('Amount in minor units (kopecks, cents), as digits.');
const instant = z.iso
  .datetime({ precision: 3 })
  .describe('UTC moment, ISO 8601 with milliseconds.');
const currency = z.string().length(3).describe('ISO 4217 alphabetic code.');

const stageTimes = z
  .object({
    reportedAt: instant.exactOptional().describe("The gateway's own moment, when it gives one."),
    receivedAt: instant,
    queuedAt: instant,
    startedAt: instant,
    committedAt: instant,
  })
  .describe('When each stage of the payment path was reached.');

const invoiceFacts = z.object({
  seller: z.string(),
  invoiceId: z.string(),
  payerId: z.string(),
  currency,
  total: minor,
  paid: minor,
  due: minor,
  paidBy: z.object({ gateway: z.string(), key: z.string(), times: stageTimes }).exactOptional(),
});

const paymentFacts = z.object({
  seller: z.string(),
  gateway: z.string(),
  paymentId: z.string(),
  currency: currency.exactOptional(),
  received: minor,
  returned: minor,
  held: minor,
  lost: minor,
  net: minor,
  invoiceId: z.string().exactOptional(),
  payerId: z.string().exactOptional(),
  parked: minor,
  parkReason: z.enum(PARK_REASONS).exactOptional(),
  failureReason: z.string().exactOptional(),
});

/** Every event that the ledger publishes, by name. Within a version fields are only ever added. */
export const eventData = {
  'invoice.issued.v1': invoiceFacts.describe('An invoice was issued and is to be paid.'),
  'invoice.partially_paid.v1': invoiceFacts.describe(
    'Some of an invoice is paid; the rest is due.',
  ),
  'invoice.paid.v1': invoiceFacts.describe('An invoice is fully paid.'),
  'invoice.reopened.v1': invoiceFacts.describe(
    'More of an invoice is due again, after a refund or a lost dispute.',
  ),
  'invoice.restated.v1': invoiceFacts.describe(
    'How an invoice stands, in place of events that were lost before they were told: those from `firstSequence` to `sequence`.',
  ),
  'payment.authorised.v1': paymentFacts.describe('The payer’s money is held, not yet taken.'),
  'payment.captured.v1': paymentFacts.describe('The payer’s money was taken.'),
  'payment.failed.v1': paymentFacts.describe('A try to pay failed.'),
  'payment.cancelled.v1': paymentFacts.describe(
    'A payment was cancelled or expired before it was captured.',
  ),
  'payment.capture_reversed.v1': paymentFacts.describe(
    'The gateway took a capture back; `received` fell.',
  ),
  'payment.refunded.v1': paymentFacts.describe(
    'Money was returned to the payer; `returned` is the total so far.',
  ),
  'payment.refund_failed.v1': paymentFacts.describe(
    'A refund did not reach the payer; `returned` fell.',
  ),
  'payment.disputed.v1': paymentFacts.describe(
    'The payer’s bank disputes; `held` is what the acquirer keeps back.',
  ),
  'payment.dispute_won.v1': paymentFacts.describe('A dispute ended in the seller’s favour.'),
  'payment.dispute_lost.v1': paymentFacts.describe(
    'A dispute was lost; `lost` is the total so far.',
  ),
  'payment.parked.v1': paymentFacts.describe(
    'Money was received that matches no invoice; see `parkReason`.',
  ),
  'payment.allocated.v1': paymentFacts.describe('Parked money was matched.'),
  'payment.restated.v1': paymentFacts.describe(
    'How a payment stands, in place of events that were lost before they were told: those from `firstSequence` to `sequence`.',
  ),
} as const;

export type EventName = keyof typeof eventData;
export const EVENT_NAMES = Object.keys(eventData) as readonly EventName[];

/** What stands in the `detail` of a bus event. */
export const eventDetail = z.object({
  id: z.string().describe('Unique; the same fact published twice has the same id.'),
  object: z.object({
    kind: z.enum(['invoice', 'payment']),
    seller: z.string(),
    id: z.string(),
  }),
  sequence: z
    .int()
    .positive()
    .describe(
      'Counts the events of this object from 1 without gaps, so that a consumer can order them and notice a loss.',
    ),
  firstSequence: z
    .int()
    .positive()
    .exactOptional()
    .describe(
      'Only of a restatement: the first of the events that it stands for. Whoever has heard of `sequence` already may ignore it.',
    ),
  occurredAt: instant,
  publishedAt: instant,
  data: z.unknown(),
});
export type EventDetail = z.infer<typeof eventDetail>;
