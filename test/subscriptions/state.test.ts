import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type LocalDate } from '#shared/kernel/local-date.ts';
import type { Command, StartCommand } from '#shared/subscriptions/domain/change.ts';
import {
  type OpenInvoice,
  STATES,
  type Standing,
  type StandingFacts,
  type State,
  standingAt,
  standingOn,
  TRANSITIONS,
} from '#shared/subscriptions/domain/state.ts';
import { zone } from '#test/kernel/zones.ts';
import { at, begun, day, Subject, start } from './builders.ts';
import { stories, told } from './commands.ts';

const now = 'immediately' as const;
const TODAY = day('2026-07-10');
const YESTERDAY = addDays(TODAY, -1);
const GRACE_DAYS = 3;
const cancel: Command = { kind: 'cancel', when: now, unused: 'keep' };
const pause: Command = { kind: 'pause', when: now };

function invoices(...payBys: string[]): OpenInvoice[] {
  return payBys.map((payBy, index) => ({ invoiceId: `inv_${index + 1}`, payBy: day(payBy) }));
}

type Seen = {
  readonly subject: Subject;
  readonly open?: OpenInvoice[];
  readonly graceDays?: number;
};

function seenOn(on: LocalDate, { subject, open = [], graceDays = GRACE_DAYS }: Seen): Standing {
  const facts = { lives: subject.lives(), openInvoices: open, policy: { graceDays } };
  const standing = standingOn(facts, on);
  if (!standing) throw new Error('nothing has begun');
  return standing;
}

/** The same subscription once more, so that a test can look at it before and after. */
function copyOf(subject: Subject): Subject {
  const copy = new Subject();
  copy.changes = subject.changes;
  return copy;
}

describe('access', () => {
  const seen = (on: string, seen: Seen) => seenOn(day(on), seen);

  it('is open while the subscription is in force', () => {
    expect(seen('2026-07-10', { subject: begun('2026-07-01') })).toEqual({
      state: 'active',
      access: 'granted',
      reasons: [{ code: 'in_force' }],
    });
  });

  it('stays open for the days of grace after an invoice could be paid in time, and no longer', () => {
    const overdue = { subject: begun('2026-07-01'), open: invoices('2026-07-05') };
    expect(seen('2026-07-05', overdue).state).toBe('active');
    const grace = { code: 'grace', invoiceId: 'inv_1', since: '2026-07-06', until: '2026-07-09' };
    for (const on of ['2026-07-06', '2026-07-08']) {
      expect(seen(on, overdue)).toEqual({ state: 'past_due', access: 'granted', reasons: [grace] });
    }
    expect(seen('2026-07-09', overdue)).toEqual({
      state: 'suspended',
      access: 'withheld',
      reasons: [{ code: 'unpaid', invoiceId: 'inv_1', since: '2026-07-09' }],
    });
  });

  it('is withheld at once where the seller gives no grace', () => {
    const overdue = { subject: begun('2026-07-01'), open: invoices('2026-07-05'), graceDays: 0 };
    expect(seen('2026-07-05', overdue).access).toBe('granted');
    expect(seen('2026-07-06', overdue)).toMatchObject({ state: 'suspended', access: 'withheld' });
  });

  it('names every invoice that speaks for it, the oldest first', () => {
    const open = invoices('2026-07-09', '2026-07-01', '2026-06-25');
    const { state, reasons } = seen('2026-07-10', { subject: begun('2026-06-01'), open });
    expect(state).toBe('suspended');
    expect(reasons.map((reason) => 'invoiceId' in reason && reason.invoiceId)).toEqual([
      'inv_3',
      'inv_2',
    ]);
  });

  it('waits for the first payment where the seller says so, in a trial, too', () => {
    const subject = begun('2026-07-01', { activation: 'when_paid', trial: { days: 14 } });
    expect(seen('2026-07-02', { subject })).toEqual({
      state: 'pending_payment',
      access: 'withheld',
      reasons: [{ code: 'first_payment_missing' }],
    });
    subject.do('2026-07-03', { kind: 'activate' });
    expect(seen('2026-07-02', { subject }).state).toBe('pending_payment');
    expect(seen('2026-07-03', { subject })).toMatchObject({ state: 'trialing', access: 'granted' });
  });

  it('ends before the charges do, when the rest is kept', () => {
    const subject = begun('2026-07-01').do('2026-07-10', cancel);
    expect(seen('2026-07-09', { subject }).access).toBe('granted');
    expect(seen('2026-07-10', { subject })).toEqual({
      state: 'cancelled',
      access: 'withheld',
      reasons: [{ code: 'ended', since: '2026-07-10' }],
    });
  });

  it('says until when: of a pause, a trial, a start to come', () => {
    const subject = begun('2026-07-01', { start: day('2026-07-05'), trial: { days: 3 } });
    const until = day('2026-07-12');
    subject.do('2026-07-10', { kind: 'pause', when: now, until });
    const reasonOn = (on: string) => seen(on, { subject }).reasons;
    expect(reasonOn('2026-07-04')).toEqual([{ code: 'not_begun', until: '2026-07-05' }]);
    expect(reasonOn('2026-07-07')).toEqual([{ code: 'trial', until: '2026-07-08' }]);
    expect(reasonOn('2026-07-11')).toEqual([{ code: 'paused', until }]);
    expect(reasonOn('2026-07-12')).toEqual([{ code: 'in_force' }]);
  });

  it('turns with the calendar of the payer', () => {
    const trial = { trial: { end: day('2026-12-01') } };
    const stateIn = (name: string) => {
      const subject = begun('2026-11-01', { ...trial, zone: zone(name) });
      const facts = { lives: subject.lives(), openInvoices: [], policy: { graceDays: 0 } };
      return standingAt(facts, at('2026-11-30T18:30:00.000Z'))?.state;
    };
    expect(stateIn('Asia/Krasnoyarsk')).toBe('active');
    expect(stateIn('Europe/Moscow')).toBe('trialing');
  });

  it('is unknown before anything is', () => {
    const facts: StandingFacts = { lives: [], openInvoices: [], policy: { graceDays: 0 } };
    expect(standingOn(facts, TODAY)).toBeUndefined();
    expect(standingAt(facts, at(TODAY))).toBeUndefined();
  });

  it('follows the life that the day belongs to', () => {
    const subject = begun('2026-07-01', { start: day('2026-12-01') })
      .do('2026-07-02', { kind: 'cancel', when: now, unused: 'credit' })
      .do('2026-07-02', start({ start: day('2026-07-05') }));
    const stateOn = (on: string) => seen(on, { subject }).state;
    expect(stateOn('2026-07-03')).toBe('scheduled');
    expect(seen('2026-07-03', { subject }).reasons).toEqual([
      { code: 'not_begun', until: '2026-07-05' },
    ]);
    expect(stateOn('2026-07-05')).toBe('active');
    expect(stateOn('2026-12-02')).toBe('active');
  });
});

/** Sets a subscription up so that it is in a state on `TODAY`, whatever day it begins on. */
type Setting = {
  readonly overrides?: Partial<StartCommand>;
  readonly command?: Command;
  readonly open?: OpenInvoice[];
};
const SETTINGS: Readonly<Record<Exclude<State, 'scheduled'>, Setting>> = {
  pending_payment: { overrides: { activation: 'when_paid' } },
  trialing: { overrides: { trial: { days: 30 } } },
  active: {},
  past_due: { open: invoices('2026-07-08') },
  suspended: { open: invoices('2026-07-01') },
  paused: { command: { kind: 'pause', when: { on: TODAY } } },
  cancelled: { command: { kind: 'cancel', when: { on: TODAY }, unused: 'credit' } },
};
const settings = Object.entries(SETTINGS) as [Exclude<State, 'scheduled'>, Setting][];
const within = (...states: State[]) => settings.filter(([state]) => states.includes(state));

/** One step of a subscription: before it, and after. */
type Step = {
  readonly cause: string;
  readonly before: Seen;
  readonly after: Seen;
  /** The day of before, where it is a day that passes. */
  readonly from?: LocalDate;
};

function set({ overrides, command, open }: Setting, from: LocalDate): Seen {
  const subject = begun(addDays(from, -1), { start: from, ...overrides });
  if (command) subject.do(addDays(from, -1), command);
  return { subject, ...(open && { open }) };
}

/** One command more, today. */
function then(seen: Seen, command: Command): Seen {
  return { ...seen, subject: copyOf(seen.subject).do(TODAY, command) };
}

const EARLIER = day('2026-07-02');

function begins(): Step[] {
  return settings.map(([, setting]) => {
    const seen = set(setting, TODAY);
    return { cause: 'the first day comes', before: seen, after: seen, from: YESTERDAY };
  });
}

function beginsAgain(): Step[] {
  return within('pending_payment', 'trialing', 'active', 'past_due', 'suspended', 'paused').map(
    ([, { overrides, command, open }]) => {
      const ended = begun('2026-06-01').do('2026-07-05', {
        kind: 'cancel',
        when: now,
        unused: 'credit',
      });
      const before = { subject: ended, ...(open && { open }) };
      let after = then(before, start(overrides));
      if (command) after = then(after, command);
      return { cause: 'a new life of the id', before, after };
    },
  );
}

function activated(): Step[] {
  return within('trialing', 'active', 'past_due', 'suspended', 'paused').map(([, setting]) => {
    const gated = { ...setting.overrides, activation: 'when_paid' as const };
    const before = set({ ...setting, overrides: gated }, EARLIER);
    return { cause: 'the first payment', before, after: then(before, { kind: 'activate' }) };
  });
}

function cancelled(): Step[] {
  return within('pending_payment', 'trialing', 'active', 'past_due', 'suspended', 'paused').map(
    ([, setting]) => {
      const before = set(setting, EARLIER);
      return { cause: 'cancelled', before, after: then(before, cancel) };
    },
  );
}

function withdrawn(): Step[] {
  return cancelled().map(({ after }) => ({
    cause: 'the cancellation is withdrawn',
    before: after,
    after: then(after, { kind: 'withdraw_cancellation' }),
  }));
}

function pausedAndResumed(): Step[] {
  return within('trialing', 'active', 'past_due', 'suspended').flatMap(([, setting]) => {
    const before = set(setting, EARLIER);
    const after = then(before, pause);
    const back = then(after, { kind: 'resume', when: now });
    return [
      { cause: 'paused', before, after },
      { cause: 'resumed', before: after, after: back },
    ];
  });
}

function paid(): Step[] {
  const trial = { overrides: SETTINGS.trialing.overrides ?? {} };
  const steps = within('past_due', 'suspended').flatMap(([, { open = [] }]) =>
    [{}, trial].map((setting) => {
      const before = set({ ...setting, open }, EARLIER);
      return { cause: 'paid', before, after: { ...before, open: [] } };
    }),
  );
  const before = set({ open: invoices('2026-07-08', '2026-07-01') }, EARLIER);
  const after = { ...before, open: invoices('2026-07-08') };
  return [...steps, { cause: 'the older invoice is paid', before, after }];
}

function overdue(): Step[] {
  const trial = SETTINGS.trialing;
  return [{}, trial]
    .flatMap((setting) =>
      [GRACE_DAYS, 0].map((graceDays) => ({
        ...set({ ...setting, open: invoices('2026-07-09') }, EARLIER),
        graceDays,
      })),
    )
    .concat({ ...set({ open: invoices('2026-07-06') }, EARLIER), graceDays: GRACE_DAYS })
    .map((seen) => ({
      cause: 'a day without payment',
      before: seen,
      after: seen,
      from: YESTERDAY,
    }));
}

function trials(): Step[] {
  const ending = set({ overrides: { trial: { end: TODAY } } }, EARLIER);
  const active = set({}, EARLIER);
  const given = then(active, { kind: 'move_trial_end', end: day('2026-07-20') });
  return [
    { cause: 'the trial ends', before: ending, after: ending, from: YESTERDAY },
    { cause: 'a trial is given', before: active, after: given },
  ];
}

describe('the state', () => {
  const steps = [
    ...begins(),
    ...beginsAgain(),
    ...activated(),
    ...cancelled(),
    ...withdrawn(),
    ...pausedAndResumed(),
    ...paid(),
    ...overdue(),
    ...trials(),
  ].map(({ cause, before, after, from = TODAY }) => ({
    cause,
    from: seenOn(from, before).state,
    to: seenOn(TODAY, after).state,
  }));

  it.each(steps)('goes from $from to $to: $cause', ({ from, to }) => {
    expect(TRANSITIONS[from]).toContain(to);
  });

  it('is shown above to go every way that is listed', () => {
    const shown = new Set(steps.map(({ from, to }) => `${from} → ${to}`));
    const listed = STATES.flatMap((from) => TRANSITIONS[from].map((to) => `${from} → ${to}`));
    expect([...shown].sort()).toEqual(listed.sort());
  });

  it('is what a step was meant to lead to', () => {
    for (const [state, setting] of settings)
      expect(seenOn(TODAY, set(setting, EARLIER)).state).toBe(state);
  });

  // Goal: the list is complete. Method: any story, any overdue invoice, day by day and word by word.
  it('never goes another way', () => {
    const offsets = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 2 });
    const property = fc.property(
      stories,
      offsets,
      fc.integer({ min: 0, max: 4 }),
      (story, due, graceDays) => {
        const open = due.map((offset, index) => ({
          invoiceId: `inv_${index}`,
          payBy: addDays(day('2026-01-25'), offset),
        }));
        let previous: State | undefined;
        let seenUntil: LocalDate | undefined;
        const look = (subject: Subject, on: LocalDate) => {
          const facts = { lives: subject.lives(), openInvoices: open, policy: { graceDays } };
          const state = standingOn(facts, on)?.state;
          if (previous && state && previous !== state)
            expect(TRANSITIONS[previous]).toContain(state);
          previous = state ?? previous;
        };
        let before = new Subject();
        told(story, (subject, today) => {
          for (let on = seenUntil ?? today; on < today; on = addDays(on, 1)) look(before, on);
          look(before, today);
          look(subject, today);
          before = copyOf(subject);
          seenUntil = addDays(today, 1);
        });
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});
