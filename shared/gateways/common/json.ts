import * as z from 'zod';
import { instantFromMs } from '#shared/kernel/time.ts';
import { refuse } from './refused.ts';

/** A JSON number exactly as it was written. `JSON.parse` alone rounds ids above 2^53 and amounts. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Parses JSON without losing a digit: each number becomes a `JsonNumber`. Throws what `JSON.parse` throws. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, keepNumberText);
}

/** The third argument is the source text of a primitive (ECMAScript 2026, in V8 since Node 21). */
function keepNumberText(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') return value;
  return new JsonNumber(context?.source ?? String(value));
}

/** Parses a notification's JSON or refuses it as malformed. */
export function jsonBody(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return refuse('body_malformed', 'the body is not JSON');
  }
}

/** Whether a parsed JSON value is an object, and neither an array nor a number. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber)
  );
}

/** Schema of a JSON number; the output is its text. */
export const numberText = z.instanceof(JsonNumber).transform(({ text }) => text);

/** Schema of a whole number that is not money (a count, epoch seconds). Refuses what 2^53 cannot hold. */
export const wholeNumber = numberText
  .refine((text) => /^-?\d{1,15}$/.test(text), 'not a whole number')
  .transform(Number);

/** The years 0000 to 9999: what ISO 8601 writes with four digits, and every reader reads. */
const EPOCH_SECONDS = { least: -62_167_219_200, most: 253_402_300_799 };

/** Schema of a moment as epoch seconds. */
export const epochSeconds = wholeNumber
  .refine(
    (seconds) => seconds >= EPOCH_SECONDS.least && seconds <= EPOCH_SECONDS.most,
    'not a moment',
  )
  .transform((seconds) => instantFromMs(seconds * 1000));
