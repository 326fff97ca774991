import * as z from 'zod';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';
import { parseZone, type Zone } from '#shared/kernel/zone.ts';
import { fromItem, type Item, toItem } from '#shared/platform/table.ts';
import type { Change, SubscriptionRef } from '#shared/subscriptions/domain/change.ts';
import type { SubscriptionHead } from '#shared/subscriptions/ports.ts';
import { changeKey, dueKey, dueShardOf, subscriptionHeadKey } from './subscription-keys.ts';

const HEAD_KIND = 'subscription';
const CHANGE_KIND = 'subscription_change';

const day = z
  .string()
  .refine((text) => parseLocalDate(text) !== undefined)
  .transform((text) => text as LocalDate);
const instant = z
  .string()
  .refine(isInstant)
  .transform((text) => text as Instant);
const zone = z
  .string()
  .refine((text) => parseZone(text) === text)
  .transform((text) => text as Zone);
const currency = z
  .string()
  .refine(isCurrency)
  .transform((text) => text as Currency);
const count = z.bigint().transform(Number);
/** A field that is left out when nothing is known. */
const dayOrNone = day.optional().transform((known) => known);

const itemChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('set'),
    itemId: z.string(),
    planId: z.string(),
    version: count,
    units: z.bigint(),
  }),
  z.object({ kind: z.literal('units'), itemId: z.string(), units: z.bigint() }),
  z.object({ kind: z.literal('remove'), itemId: z.string() }),
]);

const recorded = {
  effectiveOn: day,
  sequence: count,
  recordedAt: instant,
  commandId: z.string(),
  contentHash: z.string(),
};

/** The field `kind` names the item's kind in every table, so what a change says is under `change`. */
const changeSchema = z.discriminatedUnion('change', [
  z.object({
    ...recorded,
    change: z.literal('started'),
    seller: z.string(),
    subscriptionId: z.string(),
    payerId: z.string(),
    currency,
    zone,
    cycle: z.object({
      unit: z.enum(['day', 'week', 'month', 'year']),
      count,
      anchor: day,
      alignment: z.enum(['anniversary', 'calendar']),
    }),
    trialEnd: dayOrNone,
    activation: z.enum(['now', 'when_paid']),
    items: z.array(itemChange),
  }),
  z.object({ ...recorded, change: z.literal('items_changed'), items: z.array(itemChange) }),
  z.object({ ...recorded, change: z.literal('trial_moved'), trialEnd: day }),
  z.object({ ...recorded, change: z.literal('paused'), until: dayOrNone }),
  z.object({ ...recorded, change: z.literal('resumed') }),
  z.object({ ...recorded, change: z.literal('cancelled'), chargedUntil: day }),
  z.object({ ...recorded, change: z.literal('cancellation_withdrawn') }),
  z.object({ ...recorded, change: z.literal('activated') }),
]);

const headSchema = z.object({
  kind: z.literal(HEAD_KIND),
  seller: z.string(),
  subscriptionId: z.string(),
  payerId: z.string(),
  sequence: count,
  progress: z.object({
    differences: z.enum(['at_once', 'with_next_bill']),
    toldOn: day,
    bills: z.array(z.object({ nextBill: count, changedFrom: dayOrNone })),
  }),
  nextDueAt: instant.optional().transform((known) => known),
  version: count,
});

export function headToItem(head: SubscriptionHead): Item {
  const { nextDueAt } = head;
  return toItem({
    ...subscriptionHeadKey(head),
    ...head,
    kind: HEAD_KIND,
    // The index of due work is sparse: these two stand on the item only while something is due.
    ...(nextDueAt && { dueShard: dueShardOf(head), dueKey: dueKey(nextDueAt, head) }),
  });
}

export function headFromItem(item: Item): SubscriptionHead {
  const { kind: _, ...head } = headSchema.parse(fromItem(item));
  return head;
}

export function changeToItem(ref: SubscriptionRef, { kind, ...change }: Change): Item {
  return toItem({
    ...changeKey(ref, change.sequence),
    ...change,
    kind: CHANGE_KIND,
    change: kind,
  });
}

export function changeFromItem(item: Item): Change {
  const { change: kind, ...body } = changeSchema.parse(fromItem(item));
  // Parsed by its kind a line above; taking the kind out has parted it from its fields.
  return { ...body, kind } as Change;
}
