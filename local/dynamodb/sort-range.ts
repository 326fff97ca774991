import { type AttributeValue, kindOf } from './attribute-value.ts';
import { validation } from './errors.ts';
import type { SortCondition } from './expression/key-condition.ts';
import { checkKeyValue } from './keys.ts';
import { orderKey } from './order-key.ts';
import type { KeyAttribute } from './table-schema.ts';

/** The part of a partition that a query wants, in terms of sort order. */
export type SortRange = {
  /** No wanted entry stands before this. */
  readonly from?: string;
  /** No wanted entry stands behind this. */
  readonly to?: string;
  includes(sort: string): boolean;
};

const EVERYTHING: SortRange = { includes: () => true };

export function sortRange(
  key: KeyAttribute | undefined,
  condition: SortCondition | undefined,
  index?: string,
): SortRange {
  if (!key || !condition) return EVERYTHING;
  switch (condition.kind) {
    case 'between':
      return between(orderOf(key, condition.low, index), orderOf(key, condition.high, index));
    case 'begins_with':
      return startingWith(orderOf(key, condition.prefix, index));
    default:
      return comparedTo(condition.kind, orderOf(key, condition.value, index));
  }
}

function between(from: string, to: string): SortRange {
  return { from, to, includes: (sort) => sort >= from && sort <= to };
}

function startingWith(prefix: string): SortRange {
  const to = behindPrefix(prefix);
  return {
    from: prefix,
    ...(to === undefined ? {} : { to }),
    includes: (sort) => sort.startsWith(prefix),
  };
}

function comparedTo(comparator: '=' | '<' | '<=' | '>' | '>=', bound: string): SortRange {
  switch (comparator) {
    case '=':
      return between(bound, bound);
    case '<':
      return { to: bound, includes: (sort) => sort < bound };
    case '<=':
      return { to: bound, includes: (sort) => sort <= bound };
    case '>':
      return { from: bound, includes: (sort) => sort > bound };
    case '>=':
      return { from: bound, includes: (sort) => sort >= bound };
  }
}

/** The first text behind all texts with a prefix; there is none if it consists of the last unit only. */
function behindPrefix(prefix: string): string | undefined {
  const last = prefix.charCodeAt(prefix.length - 1);
  const head = prefix.slice(0, -1);
  if (Number.isNaN(last)) return undefined;
  return last === 0xffff ? behindPrefix(head) : head + String.fromCharCode(last + 1);
}

function orderOf(key: KeyAttribute, value: AttributeValue, index?: string): string {
  checkConditionValue(key, value, index);
  return orderKey(value);
}

/** A key condition must compare a key with a value that the key could have. */
export function checkConditionValue(
  key: KeyAttribute,
  value: AttributeValue,
  index?: string,
): void {
  if (kindOf(value) !== key.kind) {
    throw validation(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  }
  checkKeyValue(key.name, value, index);
}
