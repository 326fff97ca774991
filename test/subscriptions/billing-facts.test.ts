import { describe, expect, it } from 'vitest';
import { billOf } from '#shared/billing/domain/bill.ts';
import type { PlanVersion } from '#shared/catalogue/domain/plan.ts';
import { ZERO } from '#shared/kernel/ratio.ts';
import { factsOf } from '#shared/subscriptions/domain/billing-facts.ts';
import type { Command, ItemOrder, When } from '#shared/subscriptions/domain/change.ts';
import { charge, EMPTY_BOOKS, flat, issued, plan, sumOf } from '#test/billing/builders.ts';
import { at, begun, day, PLANS, type Subject, set, start } from './builders.ts';

const on = (text: string) => ({ on: day(text) });
const now = 'immediately' as const;
const change = (when: When, ...items: ItemOrder[]): Command => ({
  kind: 'change_items',
  when,
  items,
});

function factsFrom(
  { changes }: Subject,
  query: { knownAt?: string; life?: number; plans?: readonly PlanVersion[] } = {},
) {
  const { knownAt, life, plans = PLANS } = query;
  return factsOf({
    changes,
    plans,
    agreements: [],
    discounts: [],
    usage: () => ({ quantity: ZERO, events: 0n }),
    ...(knownAt !== undefined && { knownAt: at(knownAt) }),
    ...(life !== undefined && { life }),
  });
}

/** `basic@1 x2 2026-07-01..2026-07-11`, so that a test reads like a calendar. */
function spansOf(subject: Subject, query: Parameters<typeof factsFrom>[1] = {}): string[] {
  return factsFrom(subject, query).items.map(
    ({ itemId, plan, units, from, to }) =>
      `${itemId}: ${plan.planId}@${plan.version} x${units} ${from}..${to ?? ''}`,
  );
}

describe('the spans of items', () => {
  it('begin with what was ordered and change with every word', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-11', change(now, set('pro')))
      .do('2026-07-15', change(now, set('basic', { itemId: 'seats', units: 3n })))
      .do('2026-07-20', change(now, { kind: 'units', itemId: 'seats', units: 5n }))
      .do('2026-07-25', change('at_period_end', { kind: 'remove', itemId: 'seats' }));
    expect(spansOf(subject)).toEqual([
      'main: basic@1 x1 2026-07-01..2026-07-11',
      'main: pro@1 x1 2026-07-11..',
      'seats: basic@1 x3 2026-07-15..2026-07-20',
      'seats: basic@1 x5 2026-07-20..2026-08-01',
    ]);
  });

  it('bill an upgrade as the worked example says: 967.74 used of the old, 3,387.10 for the new', () => {
    const subject = begun('2026-07-01').do('2026-07-11', change(now, set('pro')));
    const { lines } = billOf(factsFrom(subject), 0);
    expect(lines.map(({ planId, amount }) => [planId, amount.value.num])).toEqual([
      ['basic', 96_774n],
      ['pro', 338_710n],
    ]);
  });

  it('do not divide where a word changes nothing', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-11', change(now, set('basic')))
      .do('2026-07-12', change(now, { kind: 'units', itemId: 'main', units: 1n }));
    expect(spansOf(subject)).toEqual(['main: basic@1 x1 2026-07-01..']);
  });

  it('keep a downgrade at the end of the period when units are added before it', () => {
    const subject = begun('2026-07-01', { items: [set('pro')] })
      .do('2026-07-05', change('at_period_end', set('basic')))
      .do('2026-07-10', change(now, { kind: 'units', itemId: 'main', units: 4n }));
    expect(spansOf(subject)).toEqual([
      'main: pro@1 x1 2026-07-01..2026-07-10',
      'main: pro@1 x4 2026-07-10..2026-08-01',
      'main: basic@1 x4 2026-08-01..',
    ]);
  });

  it('forget a downgrade at the end of the period when a plan is taken before it', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-05', change('at_period_end', set('basic', { units: 7n })))
      .do('2026-07-10', change(now, set('pro')));
    expect(spansOf(subject)).toEqual([
      'main: basic@1 x1 2026-07-01..2026-07-10',
      'main: pro@1 x1 2026-07-10..',
    ]);
  });

  it('may end and begin again', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-05', change(now, { kind: 'remove', itemId: 'main' }))
      .do('2026-07-09', change(now, set('basic')));
    expect(spansOf(subject)).toEqual([
      'main: basic@1 x1 2026-07-01..2026-07-05',
      'main: basic@1 x1 2026-07-09..',
    ]);
  });
});

describe('what was known when', () => {
  const subject = begun('2026-07-01')
    .do('2026-07-20', change(on('2026-07-11'), set('pro')))
    .do('2026-07-25', { kind: 'pause', when: on('2026-07-22') })
    .do('2026-07-28', { kind: 'cancel', when: on('2026-07-26'), unused: 'credit' });

  it('shows a backdated change in the past as it is known now', () => {
    expect(spansOf(subject)).toEqual([
      'main: basic@1 x1 2026-07-01..2026-07-11',
      'main: pro@1 x1 2026-07-11..',
    ]);
    expect(factsFrom(subject)).toMatchObject({
      end: '2026-07-26',
      pauses: [{ from: '2026-07-22', to: undefined }],
    });
  });

  it('shows the same past as it was known before', () => {
    expect(spansOf(subject, { knownAt: '2026-07-19' })).toEqual(['main: basic@1 x1 2026-07-01..']);
    expect(factsFrom(subject, { knownAt: '2026-07-24' })).toMatchObject({
      end: undefined,
      pauses: [],
    });
    expect(spansOf(subject, { knownAt: '2026-07-20' })).toHaveLength(2);
  });

  it('knows nothing of what had not begun', () => {
    expect(() => factsFrom(subject, { knownAt: '2026-06-30' })).toThrow('nothing is known');
  });

  it('posts only the difference of a backdated change', () => {
    const before = issued(EMPTY_BOOKS, factsFrom(subject, { knownAt: '2026-07-19' }), 0);
    const after = issued(before, factsFrom(subject, { knownAt: '2026-07-20' }), 0);
    const amounts = after.documents.map(({ lines }) => sumOf(lines.map(({ gross }) => gross)));
    expect(amounts).toEqual([300_000n, 135_484n]);
  });
});

describe('a new version of a plan', () => {
  const fee = charge(flat(300_000n));
  const version = (number: number, validFrom: string, existing: 'keep' | 'next_period') =>
    plan('basic', [fee], { version: number, validFrom: day(validFrom), existing });
  const first = version(1, '2020-01-01', 'keep');
  const began = (text: string, ...plans: PlanVersion[]) =>
    spansOf(begun(text, {}, { plans: [first] }), { plans: [...plans, first] });

  it('is for new customers only, when the old ones keep theirs', () => {
    expect(began('2026-07-10', version(2, '2026-08-01', 'keep'))).toEqual([
      'main: basic@1 x1 2026-07-10..',
    ]);
  });

  it('takes the old customers along with the first period after its first day', () => {
    expect(began('2026-07-10', version(2, '2026-08-01', 'next_period'))).toEqual([
      'main: basic@1 x1 2026-07-10..2026-08-10',
      'main: basic@2 x1 2026-08-10..',
    ]);
  });

  it('begins with a period that begins on its first day', () => {
    expect(began('2026-07-10', version(2, '2026-08-10', 'next_period'))).toEqual([
      'main: basic@1 x1 2026-07-10..2026-08-10',
      'main: basic@2 x1 2026-08-10..',
    ]);
  });

  it('waits for the next period, when it was published after the customer began', () => {
    expect(began('2026-07-10', version(2, '2026-07-10', 'next_period'))).toEqual([
      'main: basic@1 x1 2026-07-10..2026-08-10',
      'main: basic@2 x1 2026-08-10..',
    ]);
  });

  it('is passed over, when the next one takes over before it begins', () => {
    const plans = [
      version(3, '2026-07-25', 'next_period'),
      version(2, '2026-07-20', 'next_period'),
    ];
    expect(began('2026-07-10', ...plans)).toEqual([
      'main: basic@1 x1 2026-07-10..2026-08-10',
      'main: basic@3 x1 2026-08-10..',
    ]);
  });

  it('does not take along those who kept a version before it', () => {
    const plans = [version(2, '2026-07-20', 'keep'), version(3, '2026-09-01', 'next_period')];
    expect(began('2026-07-10', ...plans)).toEqual(['main: basic@1 x1 2026-07-10..']);
  });

  it('comes whether or not units changed on the way', () => {
    const plans = [first, version(2, '2026-08-01', 'next_period')];
    const subject = begun('2026-07-10', {}, { plans })
      .do('2026-07-20', change(now, set('basic', { units: 3n })))
      .do('2026-08-10', change(now, set('basic', { units: 4n })));
    expect(spansOf(subject, { plans })).toEqual([
      'main: basic@1 x1 2026-07-10..2026-07-20',
      'main: basic@1 x3 2026-07-20..2026-08-10',
      'main: basic@2 x4 2026-08-10..',
    ]);
  });

  it('does not come to whoever has left the plan before', () => {
    const plans = [
      ...PLANS,
      plan('basic', [fee], { version: 2, validFrom: day('2026-08-01'), existing: 'next_period' }),
    ];
    const subject = begun('2026-07-10').do('2026-07-20', change(on('2026-08-10'), set('pro')));
    expect(spansOf(subject, { plans })).toEqual([
      'main: basic@1 x1 2026-07-10..2026-08-10',
      'main: pro@1 x1 2026-08-10..',
    ]);
  });

  it('must be in the catalogue, or the bill would be of nobody knows what', () => {
    expect(() => spansOf(begun('2026-07-01'), { plans: [] })).toThrow('not in the catalogue');
  });
});

describe('the end', () => {
  const cancelled = (unused: 'credit' | 'keep') =>
    begun('2026-07-01').do('2026-07-11', { kind: 'cancel', when: now, unused });

  it('is that of the charges, which may go on longer than access', () => {
    expect(factsFrom(cancelled('credit')).end).toBe('2026-07-11');
    expect(factsFrom(cancelled('keep')).end).toBe('2026-08-01');
    const [line] = billOf(factsFrom(cancelled('keep')), 0).lines;
    expect(line?.amount.value.num).toBe(300_000n);
  });

  it('is nowhere after a cancellation is withdrawn', () => {
    const back = cancelled('keep').do('2026-07-20', { kind: 'withdraw_cancellation' });
    expect(factsFrom(back).end).toBeUndefined();
    expect(factsFrom(back, { knownAt: '2026-07-19' }).end).toBe('2026-08-01');
  });

  it('is where the next life of the same id begins, under a name of its own', () => {
    const subject = cancelled('credit').do('2026-07-11', start({ items: [set('pro')] }));
    expect(factsFrom(subject, { life: 1 })).toMatchObject({
      subscriptionId: 'sub_1',
      end: '2026-07-11',
      items: [{ plan: { planId: 'basic' } }],
    });
    expect(factsFrom(subject)).toMatchObject({
      subscriptionId: 'sub_1~2',
      end: undefined,
      cycle: { anchor: '2026-07-11' },
      items: [{ plan: { planId: 'pro' } }],
    });
  });
});

describe('the trial', () => {
  it('moves over the end of a month, and every later period with it', () => {
    const subject = begun('2026-01-31', { trial: { days: 14 } });
    expect(factsFrom(subject).trialEnd).toBe('2026-02-14');
    subject.do('2026-02-10', { kind: 'move_trial_end', end: day('2026-03-15') });
    const facts = factsFrom(subject);
    expect(facts.trialEnd).toBe('2026-03-15');
    expect(billOf(facts, 0).lines).toEqual([]);
    // 28 February to 31 March has 31 days; 16 of them are charged.
    expect(
      billOf(facts, 1).lines.map(({ days, amount }) => [days.start, amount.value.num]),
    ).toEqual([['2026-03-15', 154_839n]]);
  });
});
