import type { LocalDate } from '#shared/kernel/local-date.ts';

/** What holds from which day on, in the order of days. Before the first day nothing holds. */
export type Timeline<T> = readonly { readonly from: LocalDate; readonly value: T }[];

/** A newer word holds from its day on, whatever was said before about the days after it. */
export function stated<T>(timeline: Timeline<T>, from: LocalDate, value: T): Timeline<T> {
  return [...timeline.filter((entry) => entry.from < from), { from, value }];
}

export function valueOn<T>(timeline: Timeline<T>, day: LocalDate): T | undefined {
  return timeline.findLast(({ from }) => from <= day)?.value;
}
