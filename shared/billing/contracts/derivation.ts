import * as z from 'zod';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import { ratioText, readRatio } from '#shared/kernel/ratio.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import {
  type Expression,
  INPUT_NAMES,
  input,
  OPERATION_NAMES,
  operation,
  shares,
} from '../domain/expression.ts';

/**
 * How an amount came about, as JSON: exact fractions are texts such as `5/3`, amounts minor units.
 *
 * Every step states its value, so that a reader who computes it again sees where a change was made.
 */
export type DerivationJson =
  | {
      readonly op: 'input';
      readonly name: string;
      readonly source?: string;
      readonly value: string;
    }
  | { readonly op: string; readonly of: readonly DerivationJson[]; readonly value: string }
  | {
      readonly op: 'share';
      readonly whole: DerivationJson;
      readonly weights: readonly string[];
      readonly index: number;
      readonly value: string;
    };

/** Discounts deepen a derivation by one step each. */
const DEPTH_MAX = 200;
const VALUE_CHARS_MAX = 200;
/** Values grow with what is multiplied: together they keep reading a matter of microseconds a step. */
const OPERANDS_CHARS_MAX = 4000;
const WEIGHTS_MAX = 10_000;
/** How many operands an operation takes, where not any number. */
const ARITY: Readonly<Record<string, number>> = {
  minus: 2,
  over: 2,
  floor: 1,
  ceiling: 1,
  round: 1,
};

const fraction = z
  .string()
  .max(VALUE_CHARS_MAX)
  .transform((text, context) => {
    const read = readRatio(text);
    if (read) return read;
    context.addIssue('must be an exact fraction in lowest terms, such as "5/3"');
    return z.NEVER;
  });

const weight = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,39})$/, 'must be a whole number that is not negative')
  .transform((digits) => ({ num: BigInt(digits), den: 1n }));

const givenInput = z
  .strictObject({
    op: z.literal('input'),
    name: z.enum(INPUT_NAMES),
    source: z.string().max(1000).refine(isSafeText, 'must be plain text').exactOptional(),
    value: fraction,
  })
  .transform(({ name, value, source }) => input(name, value, source));

const step: z.ZodType<Expression, unknown> = z.lazy(() =>
  z
    .strictObject({ op: z.enum(OPERATION_NAMES), of: z.array(expression).min(1), value: fraction })
    .transform(({ op, of, value }, context) => {
      const arity = ARITY[op] ?? of.length;
      const chars = of.reduce((sum, part) => sum + ratioText(part.value).length, 0);
      if (of.length === arity && chars <= OPERANDS_CHARS_MAX) {
        const computed = computedAs(value, () => operation(op, of));
        if (computed) return computed;
      }
      context.addIssue('does not follow from its operands');
      return z.NEVER;
    }),
);

const share: z.ZodType<Expression, unknown> = z.lazy(() =>
  z
    .strictObject({
      op: z.literal('share'),
      whole: expression,
      weights: z.array(weight).min(1).max(WEIGHTS_MAX),
      index: z.int().min(0),
      value: fraction,
    })
    .transform(({ whole, weights, index, value }, context) => {
      const computed = computedAs(value, () => shares(whole, weights)[index]);
      if (computed) return computed;
      context.addIssue('is not this part of the whole');
      return z.NEVER;
    }),
);

const expression: z.ZodType<Expression, unknown> = z.lazy(() => z.union([givenInput, step, share]));

export function derivationToJson(derivation: Expression): DerivationJson {
  const value = ratioText(derivation.value);
  if (derivation.op === 'input') {
    const { op, name, source } = derivation;
    return source === undefined ? { op, name, value } : { op, name, source, value };
  }
  if (derivation.op === 'share') {
    const { op, whole, weights, index } = derivation;
    return { op, whole: derivationToJson(whole), weights: weights.map(ratioText), index, value };
  }
  return { op: derivation.op, of: derivation.of.map(derivationToJson), value };
}

/**
 * Reads a derivation and computes every step again; `undefined` when a shape or a value is wrong.
 *
 * Inputs are taken as they are: whether a price was the price is for the reader to compare.
 */
export function derivationFromJson(json: unknown): Expression | undefined {
  if (!isShallow(json)) return undefined;
  return expression.safeParse(json).data;
}

function computedAs(
  value: Expression['value'],
  compute: () => Expression | undefined,
): Expression | undefined {
  try {
    const computed = compute();
    return computed && ratioText(computed.value) === ratioText(value) ? computed : undefined;
  } catch (error) {
    // Nothing can be divided by zero, whoever asks for it.
    if (error instanceof InvariantViolation) return undefined;
    throw error;
  }
}

/** Looks without recursion, which a text of brackets alone would exhaust. */
function isShallow(json: unknown): boolean {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return false;
    level = level.flatMap(childrenOf);
  }
  return true;
}

function childrenOf(json: unknown): unknown[] {
  if (typeof json !== 'object' || json === null) return [];
  const { of, whole } = json as { readonly of?: unknown; readonly whole?: unknown };
  return [...(Array.isArray(of) ? of : []), ...(whole === undefined ? [] : [whole])];
}
