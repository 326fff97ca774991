import { describe, expect, it } from 'vitest';
import type { Command, ItemOrder, When } from '#shared/subscriptions/domain/change.ts';
import { decideChange } from '#shared/subscriptions/domain/decide-change.ts';
import { charge, flat, plan } from '#test/billing/builders.ts';
import { zone } from '#test/kernel/zones.ts';
import { at, begun, day, PLANS, Subject, set, start } from './builders.ts';

const on = (text: string) => ({ on: day(text) });
const now = 'immediately' as const;

describe('starting', () => {
  it('begins today on the calendar of the payer, and counts periods from there', () => {
    const siberian = begun('2026-11-30T18:30:00.000Z', { zone: zone('Asia/Krasnoyarsk') });
    const muscovite = begun('2026-11-30T18:30:00.000Z', { zone: zone('Europe/Moscow') });
    expect(siberian.life().cycle.anchor).toBe('2026-12-01');
    expect(muscovite.life().cycle.anchor).toBe('2026-11-30');
  });

  it('frees as many days as the trial has, or those until its end', () => {
    expect(begun('2026-07-01', { trial: { days: 14 } }).life().trialEnd).toBe('2026-07-15');
    const until = { trial: { end: day('2026-07-20') } };
    expect(begun('2026-07-01', until).life().trialEnd).toBe('2026-07-20');
  });

  it('takes the newest version that is valid on the first day', () => {
    const fee = charge(flat(1n));
    const plans = [
      plan('basic', [fee], { version: 2, validFrom: day('2026-06-01') }),
      plan('basic', [fee], { version: 1 }),
      plan('basic', [fee], { version: 3, validFrom: day('2026-08-01') }),
    ];
    const [change] = begun('2026-07-01', {}, { plans }).changes;
    expect(change).toMatchObject({ items: [{ planId: 'basic', version: 2 }] });
  });

  it.each([
    ['no items', { items: [] }, 'items', 'no_items'],
    ['an unknown plan', { items: [set('gold')] }, 'items[0].planId', 'unknown_plan'],
    [
      'an unknown version',
      { items: [set('basic', { version: 9 })] },
      'items[0].version',
      'unknown_version',
    ],
    [
      'negative units',
      { items: [set('basic', { units: -1n })] },
      'items[0].units',
      'negative_units',
    ],
    [
      'units beyond counting',
      { items: [set('basic', { units: 10n ** 13n })] },
      'items[0].units',
      'too_many_units',
    ],
    ['an item twice', { items: [set('basic'), set('pro')] }, 'items[1].itemId', 'duplicate_item'],
    [
      'an item id that would break a line name',
      { items: [set('basic', { itemId: 'a/b' })] },
      'items[0].itemId',
      'bad_id',
    ],
    ['another currency', { currency: 'EUR' as const }, 'items[0].planId', 'no_price_in_currency'],
    [
      'periods of no length',
      { cycle: { unit: 'month' as const, count: 0, alignment: 'calendar' as const } },
      'cycle.count',
      'bad_cycle',
    ],
    ['a trial of half a day', { trial: { days: 0.5 } }, 'trial.days', 'bad_trial'],
    [
      'a trial without a day',
      { trial: { end: day('2026-07-01') } },
      'trial.end',
      'trial_ends_before_start',
    ],
    ['a mistyped century', { start: day('2206-07-01') }, 'start', 'day_out_of_reach'],
  ])('refuses %s, and says which field', (_, overrides, path, reason) => {
    expect(new Subject().try('2026-07-01', start(overrides))).toMatchObject({ path, reason });
  });

  it('refuses a plan before its first day', () => {
    const plans = [plan('basic', [charge(flat(1n))], { validFrom: day('2026-07-02') })];
    const early = new Subject({ plans });
    expect(early.try('2026-07-01', start())).toMatchObject({ reason: 'plan_not_valid_yet' });
    expect(early.try('2026-07-02', start())).toBeUndefined();
  });

  it('refuses an id with a separator', () => {
    const decided = decideChange(start(), {
      ref: { seller: 'school', subscriptionId: 'sub#1' },
      lives: [],
      plans: PLANS,
      now: at('2026-07-01'),
      closedBefore: undefined,
    });
    expect(decided).toMatchObject({ refused: { path: 'subscriptionId', reason: 'bad_id' } });
  });

  it('refuses days whose books are closed', () => {
    const closed = new Subject({ closedBefore: '2026-07-01' });
    const backdated = start({ start: day('2026-06-30') });
    expect(closed.try('2026-07-05', backdated)).toMatchObject({
      path: 'start',
      reason: 'period_closed',
    });
    expect(closed.try('2026-07-05', start({ start: day('2026-07-01') }))).toBeUndefined();
  });

  it('refuses every other command before it', () => {
    const refusal = new Subject().try('2026-07-01', { kind: 'activate' });
    expect(refusal).toMatchObject({ path: '', reason: 'unknown_subscription' });
  });
});

describe('an id that is used again', () => {
  const again = (subject: Subject, text: string, from?: string) =>
    subject.try(text, start(from === undefined ? {} : { start: day(from) }));

  it('is refused while the subscription has no end', () => {
    const subject = begun('2026-07-01');
    expect(again(subject, '2026-07-05')).toMatchObject({
      path: 'subscriptionId',
      reason: 'id_in_use',
    });
  });

  it('begins another life where the one before is charged no longer', () => {
    const atOnce = begun('2026-07-01').do('2026-07-11', {
      kind: 'cancel',
      when: now,
      unused: 'credit',
    });
    const kept = begun('2026-07-01').do('2026-07-11', {
      kind: 'cancel',
      when: now,
      unused: 'keep',
    });
    const later = begun('2026-07-01').do('2026-07-11', {
      kind: 'cancel',
      when: 'at_period_end',
      unused: 'credit',
    });
    for (const [subject, anchor] of [
      [atOnce, '2026-07-11'],
      [kept, '2026-08-01'],
      [later, '2026-08-01'],
    ] as const) {
      expect(again(subject, '2026-07-11', '2026-07-01')).toBeUndefined();
      expect(subject.life()).toMatchObject({
        number: 2,
        cycle: { anchor },
        cancellation: undefined,
      });
      expect(again(subject, '2026-07-11')).toMatchObject({ reason: 'id_in_use' });
    }
  });

  it('may begin later than the end', () => {
    const subject = begun('2026-07-01').do('2026-07-11', {
      kind: 'cancel',
      when: now,
      unused: 'credit',
    });
    expect(again(subject, '2026-09-05')).toBeUndefined();
    expect(subject.life().cycle.anchor).toBe('2026-09-05');
  });

  it('is not held up by a life that never began', () => {
    const subject = begun('2026-07-01', { start: day('2026-12-01') });
    subject.do('2026-07-02', { kind: 'cancel', when: now, unused: 'credit' });
    expect(subject.life().cancellation).toMatchObject({ chargedUntil: '2026-12-01' });
    expect(again(subject, '2026-07-03')).toBeUndefined();
    expect(subject.life().cycle.anchor).toBe('2026-07-03');
  });
});

describe('items', () => {
  const changeItems = (when: When, order: ItemOrder): Command => ({
    kind: 'change_items',
    when,
    items: [order],
  });

  it('change today, at the end of the period, or on a given day', () => {
    const subject = begun('2026-07-11')
      .do('2026-07-20', changeItems(now, set('pro')))
      .do('2026-07-20', changeItems('at_period_end', set('basic')))
      .do('2026-07-20', changeItems(on('2026-09-01'), set('pro')));
    expect(subject.changes.map(({ effectiveOn }) => effectiveOn)).toEqual([
      '2026-07-11',
      '2026-07-20',
      '2026-08-11',
      '2026-09-01',
    ]);
  });

  it('change with the first day when that is still to come', () => {
    const subject = begun('2026-07-01', { start: day('2026-08-10') });
    subject.do('2026-07-05', changeItems(now, set('pro')));
    expect(subject.changes.at(-1)?.effectiveOn).toBe('2026-08-10');
  });

  it.each([
    [
      'an item that was never there',
      changeItems(now, { kind: 'remove', itemId: 'seats' }),
      'items[0].itemId',
      'unknown_item',
    ],
    [
      'units of an item that was never there',
      changeItems(now, { kind: 'units', itemId: 'seats', units: 2n }),
      'items[0].itemId',
      'unknown_item',
    ],
    [
      'negative units',
      changeItems(now, { kind: 'units', itemId: 'main', units: -2n }),
      'items[0].units',
      'negative_units',
    ],
    ['days before the start', changeItems(on('2026-06-30'), set('pro')), 'when.on', 'before_start'],
    [
      'a mistyped century',
      changeItems(on('2206-06-30'), set('pro')),
      'when.on',
      'day_out_of_reach',
    ],
    ['nothing', { kind: 'change_items' as const, when: now, items: [] }, 'items', 'no_items'],
  ])('refuses %s', (_, command, path, reason) => {
    expect(begun('2026-07-01').try('2026-07-05', command)).toMatchObject({ path, reason });
  });

  it('refuses an item that was removed before, not one that is removed later', () => {
    const units = { kind: 'units' as const, itemId: 'main', units: 2n };
    const subject = begun('2026-07-01').do(
      '2026-07-05',
      changeItems(on('2026-07-20'), { kind: 'remove', itemId: 'main' }),
    );
    expect(subject.try('2026-07-05', changeItems(on('2026-07-20'), units))).toMatchObject({
      reason: 'unknown_item',
    });
    expect(subject.try('2026-07-05', changeItems(on('2026-07-19'), units))).toBeUndefined();
  });

  it('refuses what would come after the end, and closed days', () => {
    const ending = begun('2026-07-01').do('2026-07-05', {
      kind: 'cancel',
      when: on('2026-07-20'),
      unused: 'credit',
    });
    expect(ending.try('2026-07-06', changeItems(on('2026-07-20'), set('pro')))).toMatchObject({
      path: 'when.on',
      reason: 'after_end',
    });
    expect(ending.try('2026-07-06', changeItems('at_period_end', set('pro')))).toMatchObject({
      path: 'when',
      reason: 'after_end',
    });
    const closed = begun('2026-07-10', {}, { closedBefore: '2026-07-10' });
    expect(closed.try('2026-07-20', changeItems(on('2026-07-10'), set('pro')))).toBeUndefined();
    const reclosed = new Subject({ closedBefore: '2026-07-15' });
    reclosed.changes = closed.changes;
    expect(reclosed.try('2026-07-20', changeItems(on('2026-07-14'), set('pro')))).toMatchObject({
      reason: 'period_closed',
    });
  });

  it('keep their version when only the units are given anew', () => {
    const fee = charge(flat(1n));
    const plans = [
      plan('basic', [fee]),
      plan('basic', [fee], { version: 2, validFrom: day('2026-07-03') }),
    ];
    const subject = begun('2026-07-01', {}, { plans });
    subject.do('2026-07-10', changeItems(now, set('basic', { units: 5n })));
    subject.do('2026-07-10', changeItems(now, set('basic', { itemId: 'second' })));
    expect(subject.changes[1]).toMatchObject({ items: [{ version: 1, units: 5n }] });
    expect(subject.changes[2]).toMatchObject({ items: [{ version: 2 }] });
  });
});

describe('the trial', () => {
  const move = (end: string) => ({ kind: 'move_trial_end' as const, end: day(end) });
  const trying = () => begun('2026-07-01', { trial: { days: 14 } });

  it('is made longer, even when it has ended', () => {
    expect(trying().do('2026-07-10', move('2026-08-20')).life().trialEnd).toBe('2026-08-20');
    const late = trying().do('2026-07-18', move('2026-07-20'));
    expect(late.changes.at(-1)?.effectiveOn).toBe('2026-07-15');
  });

  it('ends earlier, but takes back no free day that has passed', () => {
    expect(trying().do('2026-07-10', move('2026-07-10')).life().trialEnd).toBe('2026-07-10');
    expect(trying().try('2026-07-10', move('2026-07-09'))).toMatchObject({
      path: 'end',
      reason: 'trial_days_passed',
    });
  });

  it('is given to whoever had none', () => {
    expect(begun('2026-07-01').do('2026-07-03', move('2026-07-08')).life().trialEnd).toBe(
      '2026-07-08',
    );
  });

  it.each([
    ['an end before the start', '2026-06-20', 'trial_ends_before_start'],
    ['an end with the start', '2026-07-01', 'trial_ends_before_start'],
    ['the end that it has', '2026-07-15', 'trial_unchanged'],
    ['a mistyped century', '2206-07-15', 'day_out_of_reach'],
  ])('refuses %s', (_, end, reason) => {
    expect(trying().try('2026-06-20', move(end))).toMatchObject({ path: 'end', reason });
  });

  it('does not move in closed books', () => {
    const closed = new Subject({ closedBefore: '2026-08-01' });
    closed.changes = trying().changes;
    expect(closed.try('2026-08-05', move('2026-08-20'))).toMatchObject({
      path: 'end',
      reason: 'period_closed',
    });
  });
});

describe('a pause', () => {
  const pause = (from: string, until?: string) => ({
    kind: 'pause' as const,
    when: on(from),
    ...(until !== undefined && { until: day(until) }),
  });
  const resume = (text: string) => ({ kind: 'resume' as const, when: on(text) });

  it('lasts until its end, or until it is resumed', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-05', pause('2026-07-10', '2026-07-12'))
      .do('2026-07-05', pause('2026-07-12'))
      .do('2026-07-25', resume('2026-07-20'));
    expect(subject.life().pauses).toEqual([
      { from: '2026-07-10', to: '2026-07-12' },
      { from: '2026-07-12', to: '2026-07-20' },
    ]);
  });

  it('that is resumed on its first day never was', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-05', pause('2026-07-10'))
      .do('2026-07-06', resume('2026-07-10'));
    expect(subject.life().pauses).toEqual([]);
  });

  it.each([
    ['2026-07-09', '2026-07-11'],
    ['2026-07-19', '2026-07-21'],
    ['2026-07-12', '2026-07-13'],
    ['2026-07-09', undefined],
  ])('from %s to %s does not overlap one from 10 to 20 July', (from, until) => {
    const subject = begun('2026-07-01').do('2026-07-05', pause('2026-07-10', '2026-07-20'));
    expect(subject.try('2026-07-05', pause(from, until))).toMatchObject({
      path: 'when',
      reason: 'overlapping_pause',
    });
  });

  it('does not overlap an open one', () => {
    const subject = begun('2026-07-01').do('2026-07-05', pause('2026-07-10'));
    expect(subject.try('2026-07-05', pause('2027-07-10', '2027-07-11'))).toMatchObject({
      reason: 'overlapping_pause',
    });
    expect(subject.try('2026-07-05', pause('2026-07-08', '2026-07-10'))).toBeUndefined();
  });

  it('has days', () => {
    expect(begun('2026-07-01').try('2026-07-05', pause('2026-07-10', '2026-07-10'))).toMatchObject({
      path: 'until',
      reason: 'pause_ends_before_it_begins',
    });
  });

  it('is resumed only while it lasts', () => {
    const subject = begun('2026-07-01').do('2026-07-05', pause('2026-07-10', '2026-07-12'));
    for (const text of ['2026-07-09', '2026-07-12']) {
      expect(subject.try('2026-07-05', resume(text))).toMatchObject({
        path: 'when',
        reason: 'not_paused',
      });
    }
  });
});

describe('cancelling', () => {
  const cancel = (when: When, unused: 'credit' | 'keep' = 'credit'): Command => ({
    kind: 'cancel',
    when,
    unused,
  });
  const withdraw = { kind: 'withdraw_cancellation' as const };

  it.each([
    ['now, with credit', now, 'credit', '2026-07-11', '2026-07-11'],
    ['now, keeping the rest', now, 'keep', '2026-07-11', '2026-08-01'],
    ['at the period end', 'at_period_end', 'credit', '2026-08-01', '2026-08-01'],
    [
      'at the period end, keeping nothing more',
      'at_period_end',
      'keep',
      '2026-08-01',
      '2026-08-01',
    ],
    ['on a day of a later period', on('2026-09-10'), 'keep', '2026-09-10', '2026-10-01'],
  ] as const)('ends %s', (_, when, unused, accessEnd, chargedUntil) => {
    const subject = begun('2026-07-01').do('2026-07-11', cancel(when, unused));
    expect(subject.life().cancellation).toEqual({ accessEnd, chargedUntil });
  });

  it('of a trial ends it before anything is charged', () => {
    const trying = () => begun('2026-07-01', { trial: { days: 14 } });
    for (const [when, unused] of [
      ['at_period_end', 'credit'],
      [now, 'keep'],
    ] as const) {
      const { cancellation } = trying().do('2026-07-05', cancel(when, unused)).life();
      expect(cancellation?.chargedUntil).toBe('2026-07-15');
    }
  });

  it('on the first day after a trial ends with the period', () => {
    const subject = begun('2026-07-01', { trial: { days: 14 } });
    const { cancellation } = subject.do('2026-07-15', cancel('at_period_end')).life();
    expect(cancellation?.chargedUntil).toBe('2026-08-01');
  });

  it('is done once', () => {
    const subject = begun('2026-07-01').do('2026-07-11', cancel('at_period_end'));
    expect(subject.try('2026-07-12', cancel(now))).toMatchObject({
      path: '',
      reason: 'already_cancelled',
    });
  });

  it('is withdrawn as long as a day is charged', () => {
    const kept = () => begun('2026-07-01').do('2026-07-11', cancel(now, 'keep'));
    expect(kept().do('2026-07-31', withdraw).life().cancellation).toBeUndefined();
    expect(kept().try('2026-08-01', withdraw)).toMatchObject({ reason: 'after_end' });
    expect(begun('2026-07-01').try('2026-07-02', withdraw)).toMatchObject({
      reason: 'not_cancelled',
    });
  });

  it('may be done again after it was withdrawn', () => {
    const subject = begun('2026-07-01')
      .do('2026-07-11', cancel('at_period_end'))
      .do('2026-07-12', withdraw)
      .do('2026-07-13', cancel(now));
    expect(subject.life().cancellation?.accessEnd).toBe('2026-07-13');
  });
});

describe('activating', () => {
  const activate = { kind: 'activate' as const };

  it('opens what waited for its first payment, once', () => {
    const subject = begun('2026-07-01', { activation: 'when_paid' }).do('2026-07-03', activate);
    expect(subject.life().activatedOn).toBe('2026-07-03');
    expect(subject.try('2026-07-04', activate)).toMatchObject({ reason: 'already_active' });
  });

  it('is refused where nothing waits', () => {
    expect(begun('2026-07-01').try('2026-07-03', activate)).toMatchObject({ reason: 'not_gated' });
    const ended = begun('2026-07-01', { activation: 'when_paid' }).do('2026-07-03', {
      kind: 'cancel',
      when: now,
      unused: 'credit',
    });
    expect(ended.try('2026-07-03', activate)).toMatchObject({ reason: 'after_end' });
  });
});
