import * as z from 'zod';
import { type Currency, parseCurrency } from '#shared/kernel/currency.ts';
import { MAX_MINOR, parseDecimal } from '#shared/kernel/money.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import { JsonNumber } from './json.ts';
import { refuse } from './refused.ts';

/** Parses outside fields with a schema. The refusal names the path of the first wrong field, never its value. */
export function parseFields<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse('field_invalid', pathOf(parsed.error));
}

/** Where a schema was not met: `object.amount.value`. */
export function pathOf(error: z.ZodError): string {
  const path = error.issues[0]?.path.map(String).join('.');
  return path ? path : '(root)';
}

/** Schema of an id or reference from outside: 1 to 128 characters, none of them invisible. */
export const reference = z.string().min(1).max(128).refine(isSafeText, 'unsafe characters');

/** Schema of an id that comes as text or as a JSON number of any length; the output is text. */
export const idText = z.union([
  reference,
  z
    .instanceof(JsonNumber)
    .transform(({ text }) => text)
    .refine((text) => /^\d{1,40}$/.test(text), 'not a whole number'),
]);

/** Schema of a gateway's own code or reason word. Free text does not fit in: it may hold anything. */
export const reasonCode = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);

/** A reason that is a code stays, anything else (a sentence, a name) is dropped. */
export function reasonOrNothing(text: string | undefined): string | undefined {
  return text !== undefined && reasonCode.safeParse(text).success ? text : undefined;
}

type AmountOptions = {
  readonly field: string;
  /** A total so far, or what is left, may be zero; a payment may not. */
  readonly zeroAllowed?: boolean;
};

/** Reads a decimal amount (`"4900.00"`, or a JSON number) into minor units, exactly. */
export function decimalAmount(value: unknown, currency: Currency, options: AmountOptions): bigint {
  const text = textOf(value);
  const parsed = text === undefined ? 'not_a_number' : parseDecimal(text, currency);
  if (typeof parsed === 'string') return refuse('amount_invalid', `${options.field} ${parsed}`);
  return positive(parsed.minor, options);
}

/** Reads an amount in minor units (a JSON number or digits) exactly. */
export function minorAmount(value: unknown, options: AmountOptions): bigint {
  const text = textOf(value);
  if (text === undefined || !/^-?\d{1,18}$/.test(text)) {
    return refuse('amount_invalid', `${options.field} not_a_whole_number`);
  }
  const minor = BigInt(text);
  if (minor > MAX_MINOR) return refuse('amount_invalid', `${options.field} too_large`);
  return positive(minor, options);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof JsonNumber ? value.text : undefined;
}

function positive(minor: bigint, { field, zeroAllowed = false }: AmountOptions): bigint {
  if (minor < 0n || (minor === 0n && !zeroAllowed)) {
    return refuse('amount_invalid', `${field} not_positive`);
  }
  return minor;
}

/** Reads an alphabetic or numeric currency code. */
export function currencyOf(value: unknown, field: string): Currency {
  const text = textOf(value);
  return (text !== undefined && parseCurrency(text)) || refuse('currency_unknown', field);
}
