import * as z from 'zod';
import { type LocalDate, parseLocalDate } from '#shared/kernel/local-date.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';

/** How the fields of documents stand in items. Nothing here knows a table. */

export const instantField = z
  .string()
  .refine(isInstant)
  .transform((text) => text as Instant);

export const dayField = z
  .string()
  .refine((text) => parseLocalDate(text) !== undefined)
  .transform((text) => text as LocalDate);

export const countField = z.bigint().transform(Number);

const numberField = z.object({
  text: z.string(),
  series: z.string(),
  period: z.string(),
  ordinal: countField,
});

export const documentFacts = z.object({
  number: numberField.exactOptional(),
  issuedOn: dayField,
  dueOn: dayField.exactOptional(),
  replaces: z.string().exactOptional(),
  replacedBy: z.string().exactOptional(),
});

export const instalmentList = z.array(z.object({ dueOn: dayField, amount: z.bigint() }));

export const voidMark = z.object({ at: instantField, because: z.string() });
