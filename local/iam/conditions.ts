import { asObject, textsOf } from '#local/template/json.ts';
import { pattern } from './wildcard.ts';

/** What is known of the call, by condition key. Keys compare without case. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

export type Condition = (context: ConditionContext) => boolean;

type Comparison = (wanted: string) => (actual: string) => boolean;

const same: Comparison = (wanted) => (actual) => actual === wanted;
const sameText: Comparison = (wanted) => (actual) => actual.toLowerCase() === wanted.toLowerCase();
const like: Comparison = (wanted) => pattern(wanted).matches;
const not = (compare: Comparison): Comparison => {
  return (wanted) => {
    const matches = compare(wanted);
    return (actual) => !matches(actual);
  };
};

function numeric(holds: (actual: number, wanted: number) => boolean): Comparison {
  return (wanted) => (actual) => holds(Number(actual), Number(wanted));
}

/** Negated operators need every wanted value to differ; the others need one to match. */
const OPERATORS: Readonly<Record<string, { compare: Comparison; isNegated?: true }>> = {
  StringEquals: { compare: same },
  StringNotEquals: { compare: not(same), isNegated: true },
  StringEqualsIgnoreCase: { compare: sameText },
  StringNotEqualsIgnoreCase: { compare: not(sameText), isNegated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: not(like), isNegated: true },
  ArnEquals: { compare: like },
  ArnNotEquals: { compare: not(like), isNegated: true },
  ArnLike: { compare: like },
  ArnNotLike: { compare: not(like), isNegated: true },
  Bool: { compare: sameText },
  NumericEquals: { compare: numeric((actual, wanted) => actual === wanted) },
  NumericNotEquals: {
    compare: not(numeric((actual, wanted) => actual === wanted)),
    isNegated: true,
  },
  NumericLessThan: { compare: numeric((actual, wanted) => actual < wanted) },
  NumericLessThanEquals: { compare: numeric((actual, wanted) => actual <= wanted) },
  NumericGreaterThan: { compare: numeric((actual, wanted) => actual > wanted) },
  NumericGreaterThanEquals: { compare: numeric((actual, wanted) => actual >= wanted) },
};

/** Parses the `Condition` block of a statement. All its conditions must hold. */
export function parseConditions(value: unknown, what: string): Condition[] {
  if (value === undefined) return [];
  return Object.entries(asObject(value, `Condition of ${what}`)).flatMap(([operator, keys]) =>
    Object.entries(asObject(keys, operator)).map(([key, wanted]) =>
      parseCondition(operator, key, textsOf(wanted, `${operator} of ${what}`)),
    ),
  );
}

function parseCondition(operator: string, key: string, wanted: readonly string[]): Condition {
  const quantifier = /^(ForAllValues|ForAnyValue):/.exec(operator)?.[1];
  const bare = operator.replace(/^For\w+:/, '');
  const name = bare.replace(/IfExists$/, '');
  const contextKey = key.toLowerCase();
  if (name === 'Null') {
    return (context) => String(!context.has(contextKey)) === wanted[0];
  }
  const rule = OPERATORS[name];
  if (!rule) throw new Error(`condition operator ${operator} is not emulated`);
  const tests = wanted.map((text) => rule.compare(text));
  const holds = (actual: string) =>
    rule.isNegated ? tests.every((test) => test(actual)) : tests.some((test) => test(actual));
  // Without the key, a positive operator fails, a negated one and `…IfExists` hold.
  const whenAbsent = quantifier === 'ForAllValues' || bare !== name || rule.isNegated === true;
  return (context) => {
    const actual = context.get(contextKey);
    if (!actual || actual.length === 0) return whenAbsent && quantifier !== 'ForAnyValue';
    return quantifier === 'ForAllValues' ? actual.every(holds) : actual.some(holds);
  };
}
