import * as z from 'zod';
import { parseFields, reference } from '../common/fields.ts';
import { refuse } from '../common/refused.ts';

export const money = z.object({ value: z.unknown(), currency_code: z.unknown() });

const links = z.array(z.object({ rel: z.string(), href: z.string() })).default([]);

export const capture = z.object({
  id: reference,
  status: z.string(),
  amount: money,
  custom_id: reference.optional(),
  invoice_id: reference.optional(),
  create_time: z.string().optional(),
  supplementary_data: z
    .object({ related_ids: z.object({ order_id: reference.optional() }).optional() })
    .optional(),
});
export type Capture = z.infer<typeof capture>;

export const refund = z.object({
  id: reference,
  status: z.string().optional(),
  amount: money,
  custom_id: reference.optional(),
  invoice_id: reference.optional(),
  links,
});
export type Refund = z.infer<typeof refund>;

export const dispute = z.object({
  dispute_id: reference,
  status: z.string(),
  dispute_amount: money,
  // Each becomes a queue message with the whole request: no dispute is about more payments.
  disputed_transactions: z
    .array(z.object({ seller_transaction_id: reference }))
    .min(1)
    .max(100),
  dispute_outcome: z.object({ outcome_code: z.string() }).optional(),
});
export type Dispute = z.infer<typeof dispute>;

/** A refund names its capture only in the link upwards. */
export function captureIdOf({ links: all }: Pick<Refund, 'links'>): string {
  const up = all.find(({ rel }) => rel === 'up')?.href ?? '';
  const id = /\/v2\/payments\/captures\/([^/?#]+)$/.exec(up)?.[1];
  return parseFields(reference, id ?? refuse('field_invalid', 'resource.links'));
}

/** The order's number: ours is `custom_id`, `invoice_id` must be unique at PayPal and may carry a suffix. */
export function orderOf(told: { custom_id?: string | undefined; invoice_id?: string | undefined }) {
  return told.custom_id ?? told.invoice_id;
}

const WON = ['RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED'];
const LOST = ['RESOLVED_BUYER_FAVOUR', 'ACCEPTED'];

/** How a dispute stands. An outcome that no documentation lists is unknown, never open. */
export function disputeStanding(told: Dispute): 'opened' | 'won' | 'lost' | 'unknown' {
  if (told.status !== 'RESOLVED') return 'opened';
  const outcome = told.dispute_outcome?.outcome_code ?? '';
  if (WON.includes(outcome)) return 'won';
  return LOST.includes(outcome) ? 'lost' : 'unknown';
}
