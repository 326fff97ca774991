import { type Instant, parseInstant } from '#shared/kernel/time.ts';

/** Reads `2026-11-20 07:15:31` and `2026-11-20T07:15:31`: the gateway writes UTC and does not say so. */
export function utcMoment(text: string | null | undefined): Instant | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?$/.exec(text ?? '');
  return match ? parseInstant(`${match[1]}T${match[2]}Z`) : undefined;
}
