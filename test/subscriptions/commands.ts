import fc from 'fast-check';
import { addDays, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Command, ItemOrder, When } from '#shared/subscriptions/domain/change.ts';
import { day, Subject, set, start } from './builders.ts';

export const FIRST_DAY = day('2026-01-25');
/** Days that are looked at one by one. */
export const HORIZON_DAYS = 260;

export type Step = { readonly waitDays: number; readonly command: Command };

const days = fc
  .integer({ min: -10, max: 150 })
  .map((offset): LocalDate => addDays(FIRST_DAY, offset));
const whens: fc.Arbitrary<When> = fc.oneof(
  fc.constant('immediately' as const),
  fc.constant('at_period_end' as const),
  days.map((on) => ({ on })),
);
const itemIds = fc.constantFrom('main', 'extra');
const units = fc.bigInt(-1n, 3n);
const sets = fc
  .tuple(fc.constantFrom('basic', 'basic', 'pro', 'pro', 'gold'), itemIds, units)
  .map(([planId, itemId, held]) => set(planId, { itemId, units: held }));
const goodSets = fc
  .tuple(fc.constantFrom('basic', 'pro'), itemIds, fc.bigInt(0n, 3n))
  .map(([planId, itemId, held]) => set(planId, { itemId, units: held }));
const orders: fc.Arbitrary<ItemOrder> = fc.oneof(
  { weight: 3, arbitrary: sets },
  fc.record({ kind: fc.constant('units' as const), itemId: itemIds, units }),
  fc.record({ kind: fc.constant('remove' as const), itemId: itemIds }),
);

const starts: fc.Arbitrary<Command> = fc
  .record({
    cycle: fc.record({
      unit: fc.constantFrom('month' as const, 'week' as const, 'day' as const),
      count: fc.constantFrom(1, 2, 10),
      alignment: fc.constantFrom('anniversary' as const, 'calendar' as const),
    }),
    items: fc.uniqueArray(goodSets, {
      minLength: 1,
      maxLength: 2,
      selector: ({ itemId }) => itemId,
    }),
    activation: fc.constantFrom('now' as const, 'when_paid' as const),
    from: fc.option(days, { nil: undefined }),
    trialDays: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  })
  .map(({ from, trialDays, ...overrides }) =>
    start({
      ...overrides,
      ...(from !== undefined && { start: from }),
      ...(trialDays !== undefined && { trial: { days: trialDays } }),
    }),
  );

const changes: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('change_items' as const),
      when: whens,
      items: fc.array(orders, { minLength: 1, maxLength: 2 }),
    }),
  },
  fc.record({ kind: fc.constant('move_trial_end' as const), end: days }),
  {
    weight: 2,
    arbitrary: fc.tuple(whens, fc.option(days, { nil: undefined })).map(
      ([when, until]): Command => ({
        kind: 'pause',
        when,
        ...(until !== undefined && { until }),
      }),
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), when: whens }) },
  fc.record({
    kind: fc.constant('cancel' as const),
    when: whens,
    unused: fc.constantFrom('credit' as const, 'keep' as const),
  }),
  { weight: 3, arbitrary: fc.constant({ kind: 'withdraw_cancellation' as const }) },
  fc.constant({ kind: 'activate' as const }),
);

/** A start, and whatever anybody may ask after it: sensible or not, about the past or the future. */
export const stories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    starts,
    fc.array(
      fc.record({
        waitDays: fc.integer({ min: 0, max: 9 }),
        command: fc.oneof({ weight: 8, arbitrary: changes }, starts),
      }),
      { maxLength: 14 },
    ),
  )
  .map(([first, rest]) => [{ waitDays: 0, command: first }, ...rest]);

/** Asks for everything in turn; what is refused leaves no trace. */
export function told(steps: readonly Step[], each?: (subject: Subject, today: LocalDate) => void) {
  const subject = new Subject();
  let today = FIRST_DAY;
  for (const { waitDays, command } of steps) {
    today = addDays(today, waitDays);
    subject.try(today, command);
    each?.(subject, today);
  }
  return { subject, today };
}
