import { AwsError } from '#local/kernel/aws-error.ts';
import { isJson } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';

/** Tells whether the value of one field satisfies one alternative; `undefined` is "not there". */
type Test = (value: unknown) => boolean;
type Matcher = (event: unknown) => boolean;

function invalid(reason: string): AwsError {
  return new AwsError(
    'InvalidEventPatternException',
    `Event pattern is not valid. Reason: ${reason}`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function textTest(
  operand: unknown,
  name: string,
  test: (value: string, operand: string) => boolean,
) {
  if (isText(operand)) return (value: unknown) => isText(value) && test(value, operand);
  const inner = isJson(operand) ? operand['equals-ignore-case'] : undefined;
  if (!isText(inner)) throw invalid(`${name} match pattern must be a string`);
  const lower = inner.toLowerCase();
  return (value: unknown) => isText(value) && test(value.toLowerCase(), lower);
}

const startsWith = (value: string, start: string) => value.startsWith(start);
const endsWith = (value: string, end: string) => value.endsWith(end);
const isSame = (value: string, other: string) => value === other;

/** `*` stands for any text; everything else stands for itself. */
function wildcard(operand: unknown): Test {
  if (!isText(operand)) throw invalid('wildcard match pattern must be a string');
  const parts = operand.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('[\\s\\S]*')}$`);
  return (value) => isText(value) && expression.test(value);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: unknown): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw invalid('Value of numeric must be an array of operators and numbers');
  }
  const tests = Array.from({ length: operand.length / 2 }, (_, at) => {
    const [operator, bound] = [operand[at * 2], operand[at * 2 + 1]];
    const compare = isText(operator) ? COMPARISONS[operator] : undefined;
    if (!compare || typeof bound !== 'number') throw invalid('Unrecognized numeric range operator');
    return (value: number) => compare(value, bound);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The field must be there with a value that is none of these. */
function anythingBut(operand: unknown): Test {
  const inner = isJson(operand) ? alternative(operand) : undefined;
  const list = Array.isArray(operand) ? operand : [operand];
  if (!inner && !list.every(isScalar)) throw invalid('anything-but takes scalars');
  const isListed: Test = inner ?? ((value) => list.some((other) => other === value));
  return (value) => value !== undefined && !isListed(value);
}

const OPERATORS: Readonly<Record<string, (operand: unknown) => Test>> = {
  prefix: (operand) => textTest(operand, 'prefix', startsWith),
  suffix: (operand) => textTest(operand, 'suffix', endsWith),
  'equals-ignore-case': (operand) =>
    textTest({ 'equals-ignore-case': operand }, 'equals-ignore-case', isSame),
  'anything-but': anythingBut,
  wildcard,
  numeric,
  exists(operand) {
    if (typeof operand !== 'boolean') throw invalid('exists match pattern must be true or false');
    return (value) => (value !== undefined) === operand;
  },
};

/** One element of a pattern's list: a literal, or an object with one operator. */
function alternative(element: unknown): Test {
  if (isScalar(element)) return (value) => value === element;
  const [name, ...others] = isJson(element) ? Object.keys(element) : [];
  const operator = name === undefined ? undefined : OPERATORS[name];
  if (!isJson(element) || !operator || name === undefined || others.length > 0) {
    throw invalid(`Unrecognized match type ${name ?? JSON.stringify(element)}`);
  }
  return operator(element[name]);
}

/** An array in the event matches when any of its elements does. */
function valuesAt(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  return value.length > 0 ? value : [undefined];
}

function compileList(elements: readonly unknown[]): Test {
  if (elements.length === 0) throw invalid('Empty arrays are not allowed');
  const tests = elements.map(alternative);
  return (value) => valuesAt(value).some((one) => tests.some((test) => test(one)));
}

function compileField(pattern: unknown, name: string): Matcher {
  if (Array.isArray(pattern)) {
    const test = compileList(pattern);
    return (parent) => test(isJson(parent) ? parent[name] : undefined);
  }
  if (!isJson(pattern)) throw invalid(`"${name}" must be an object or an array`);
  const inner = compileObject(pattern);
  return (parent) => {
    const value = isJson(parent) ? parent[name] : undefined;
    return Array.isArray(value) ? value.some(inner) : inner(value);
  };
}

function compileObject(pattern: Json): Matcher {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalid('Empty objects are not allowed');
  const matchers = fields.map(([name, inner]) => {
    if (name !== '$or') return compileField(inner, name);
    if (!Array.isArray(inner) || inner.length < 2) throw invalid('$or needs two alternatives');
    const choices = inner.map((choice) => {
      if (!isJson(choice)) throw invalid('$or takes objects');
      return compileObject(choice);
    });
    return (event: unknown) => choices.some((choice) => choice(event));
  });
  return (event) => matchers.every((matcher) => matcher(event));
}

/** Compiles an EventBridge pattern. What is not understood is refused, never ignored. */
export function compilePattern(text: string): Matcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid('not valid JSON');
  }
  if (!isJson(pattern)) throw invalid('Filter is not an object');
  return compileObject(pattern);
}
