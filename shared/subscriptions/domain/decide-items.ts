import type { ItemSpan } from '#shared/billing/domain/facts.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { ItemChange, ItemOrder, SetItem } from './change.ts';
import { itemOn } from './item-spans.ts';
import { type Refused, refuse } from './refusal.ts';

/** Far above any number of seats or devices, and far below a typo. */
const UNITS_MAX = 10n ** 12n;
/** No separator of keys and line names. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** What items are ordered from. */
export type ItemContext = {
  readonly plans: readonly PlanVersion[];
  readonly currency: Currency;
  readonly day: LocalDate;
  readonly spans: readonly ItemSpan[];
};

/** Finds the versions of what is ordered for items from a day on. */
export function decideItems(
  orders: readonly ItemOrder[],
  context: ItemContext,
): { readonly items: readonly ItemChange[] } | Refused {
  if (orders.length === 0) return refuse('items', 'no_items', 'no items are given');
  const items: ItemChange[] = [];
  for (const [index, order] of orders.entries()) {
    const path = `items[${index}]`;
    const decided = faultOfOrder(order, path, items) ?? decideItem(order, path, context);
    if ('refused' in decided) return decided;
    items.push(decided.item);
  }
  return { items };
}

export function badId(id: string, path: string): Refused | undefined {
  if (ID.test(id)) return undefined;
  return refuse(path, 'bad_id', 'an id is 1 to 64 letters, digits, "_" or "-"');
}

function faultOfOrder(
  order: ItemOrder,
  path: string,
  before: readonly ItemChange[],
): Refused | undefined {
  const { itemId } = order;
  const fault = badId(itemId, `${path}.itemId`);
  if (fault) return fault;
  if (before.some((item) => item.itemId === itemId))
    return refuse(`${path}.itemId`, 'duplicate_item', `${itemId} is given twice`);
  if (order.kind === 'remove') return undefined;
  if (order.units < 0n)
    return refuse(`${path}.units`, 'negative_units', `there are no ${order.units} units`);
  if (order.units > UNITS_MAX)
    return refuse(`${path}.units`, 'too_many_units', `at most ${UNITS_MAX} units`);
  return undefined;
}

function decideItem(
  order: ItemOrder,
  path: string,
  context: ItemContext,
): { readonly item: ItemChange } | Refused {
  const { spans, day, currency } = context;
  const held = itemOn(spans, order.itemId, day);
  if (order.kind !== 'set') {
    if (held) return { item: order };
    const message = `there is no item ${order.itemId} on ${day}`;
    return refuse(`${path}.itemId`, 'unknown_item', message);
  }
  const found = versionFor(order, path, held, context);
  if ('refused' in found) return found;
  const { plan } = found;
  if (!plan.charges.every(({ prices }) => Object.hasOwn(prices, currency))) {
    const message = `${nameOf(plan)} has no price in ${currency}`;
    return refuse(`${path}.planId`, 'no_price_in_currency', message);
  }
  return { item: { ...order, version: plan.version } };
}

/** The version that is asked for; else the one that the item has, so that it keeps it; else the newest. */
function versionFor(
  order: SetItem,
  path: string,
  held: ItemSpan | undefined,
  { plans, day }: ItemContext,
): { readonly plan: PlanVersion } | Refused {
  const { planId, version } = order;
  const versions = plans.filter((plan) => plan.planId === planId);
  if (versions.length === 0)
    return refuse(`${path}.planId`, 'unknown_plan', `there is no plan ${planId}`);
  if (version === undefined && held?.plan.planId === planId) return { plan: held.plan };
  const asked = versions.filter((plan) => version === undefined || plan.version === version);
  if (asked.length === 0)
    return refuse(`${path}.version`, 'unknown_version', `there is no plan ${planId}@${version}`);
  const plan = asked
    .filter(({ validFrom }) => validFrom <= day)
    .reduce<PlanVersion | undefined>(
      (newest, one) => (newest && newest.version > one.version ? newest : one),
      undefined,
    );
  if (plan) return { plan };
  const field = version === undefined ? 'planId' : 'version';
  const message = `plan ${planId} is not valid yet on ${day}`;
  return refuse(`${path}.${field}`, 'plan_not_valid_yet', message);
}

function nameOf({ planId, version }: PlanVersion): string {
  return `plan ${planId}@${version}`;
}
