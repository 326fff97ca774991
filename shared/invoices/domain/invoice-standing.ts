import type { LocalDate } from '#shared/kernel/local-date.ts';
import { type ScheduleStanding, shrinkSchedule, standingOf } from './instalments.ts';
import { type Invoice, owedOf, paidOf } from './invoice.ts';

/** Where an invoice stands on a day, instalment by instalment; `undefined` when it is due all at once. */
export function instalmentsOf(invoice: Invoice, today: LocalDate): ScheduleStanding | undefined {
  const { instalments } = invoice;
  return (
    instalments && standingOf(shrinkSchedule(instalments, owedOf(invoice)), paidOf(invoice), today)
  );
}
