/** A moment in UTC as ISO 8601 with milliseconds, so that text order is time order. */
export type Instant = string & { readonly __brand: 'Instant' };

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Gives the present moment. Use cases receive it; the domain receives moments. */
export type Clock = () => Instant;

export function instantFromMs(epochMs: number): Instant {
  return new Date(epochMs).toISOString() as Instant;
}

export function epochMs(instant: Instant): number {
  return Date.parse(instant);
}

export function isInstant(text: string): text is Instant {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Reads any ISO 8601 moment that names its offset.
 *
 * A text without an offset is refused: guessing the zone moves payments between days.
 */
export function parseInstant(text: string): Instant | undefined {
  if (!/(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : instantFromMs(ms);
}

/** Milliseconds from `from` to `to`; negative when `to` is earlier. */
export function elapsedMs(from: Instant, to: Instant): number {
  return epochMs(to) - epochMs(from);
}

export function laterOf(a: Instant, b: Instant): Instant {
  return a >= b ? a : b;
}
