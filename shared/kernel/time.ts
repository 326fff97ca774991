/** A moment in UTC as ISO 8601 with milliseconds, so that text order is time order. */
export type Instant = string & { readonly __brand: 'Instant' };

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** `Date.parse` alone also reads `12-31-2026` and the like, in the zone of the machine. */
const ISO_WITH_OFFSET =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))$/i;

/** Gives the present moment. Use cases receive it; the domain receives moments. */
export type Clock = () => Instant;

export function instantFromMs(epochMs: number): Instant {
  return new Date(epochMs).toISOString() as Instant;
}

export function epochMs(instant: Instant): number {
  return Date.parse(instant);
}

export function isInstant(text: string): text is Instant {
  if (!INSTANT.test(text)) return false;
  // `Date.parse` reads 30 February as 2 March, and 24:00 as the next day.
  return new Date(text).getUTCDate() === Number(text.slice(8, 10));
}

/**
 * Reads any ISO 8601 moment that names its offset.
 *
 * A text without an offset is refused: guessing the zone moves payments between days.
 */
export function parseInstant(text: string): Instant | undefined {
  const [, day, time] = ISO_WITH_OFFSET.exec(text) ?? [];
  if (!isInstant(`${day}T00:00:00.000Z`)) return undefined;
  const ms = Date.parse(`${day}T${time}`.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  const instant = instantFromMs(ms);
  return isInstant(instant) ? instant : undefined;
}

/** Milliseconds from `from` to `to`; negative when `to` is earlier. */
export function elapsedMs(from: Instant, to: Instant): number {
  return epochMs(to) - epochMs(from);
}

export function laterOf(a: Instant, b: Instant): Instant {
  return a >= b ? a : b;
}
