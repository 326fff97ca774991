import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '#shared/kernel/local-date.ts';
import type { Command } from '#shared/subscriptions/domain/change.ts';
import { periodAt } from '#shared/subscriptions/domain/cycle.ts';
import {
  lastBillOf,
  nextBill,
  nextDueAt,
  nextTurn,
  type Progress,
  progressAfter,
  progressAfterBill,
  progressAtStart,
} from '#shared/subscriptions/domain/due.ts';
import { livesOf } from '#shared/subscriptions/domain/subscription.ts';
import { zone } from '#test/kernel/zones.ts';
import { at, begun, day, type Subject, set, start } from './builders.ts';
import { stories, told } from './commands.ts';

const now = 'immediately' as const;
const upgrade: Command = { kind: 'change_items', when: now, items: [set('pro')] };
const leave: Command = { kind: 'cancel', when: now, unused: 'credit' };

/** The progress after all changes, as recording them one by one leaves it, with bills run as they come. */
function progressOf({ changes }: Subject, ranUntil?: string): Progress {
  let progress: Progress | undefined;
  for (const [index, change] of changes.entries()) {
    const lives = livesOf(changes.slice(0, index + 1));
    const life = lives.at(-1);
    if (!life) throw new Error('nothing has begun');
    if (progress) progress = ran(progress, changes.slice(0, index), change.recordedAt);
    progress = progress
      ? progressAfter(progress, lives, change)
      : progressAtStart(life, change.recordedAt, 'with_next_bill');
  }
  if (!progress) throw new Error('nothing has begun');
  return ranUntil === undefined ? progress : ran(progress, changes, at(ranUntil));
}

/** Runs every bill that is due. */
function ran(progress: Progress, changes: Subject['changes'], until: string): Progress {
  let reached = progress;
  for (;;) {
    const bill = nextBill(livesOf(changes), reached);
    if (!bill || bill.dueAt > until) return reached;
    reached = progressAfterBill(reached, bill);
  }
}

function billAfter(subject: Subject, ranUntil?: string) {
  return nextBill(subject.lives(), progressOf(subject, ranUntil));
}

describe('the next bill', () => {
  it('is due when the first day of its period begins where the payer lives', () => {
    const subject = begun('2026-07-10', { zone: zone('Asia/Krasnoyarsk') });
    expect(billAfter(subject)).toMatchObject({ number: 0, dueOn: '2026-07-10' });
    expect(billAfter(subject, '2026-07-10')).toEqual({
      life: 1,
      number: 1,
      dueOn: '2026-08-10',
      again: false,
      dueAt: '2026-08-09T17:00:00.000Z',
    });
  });

  it('is the oldest, when the runs were out for months', () => {
    const subject = begun('2026-07-10');
    const numbers: number[] = [];
    let progress = progressOf(subject);
    for (;;) {
      const bill = nextBill(subject.lives(), progress);
      if (!bill || bill.dueAt > at('2026-10-15')) break;
      numbers.push(bill.number);
      progress = progressAfterBill(progress, bill);
    }
    expect(numbers).toEqual([0, 1, 2, 3]);
  });

  it('comes once more after the end, with what the last period cost in arrears', () => {
    const subject = begun('2026-07-10').do('2026-08-20', leave);
    expect(lastBillOf(subject.life())).toBe(2);
    expect(billAfter(subject, '2026-08-20')).toMatchObject({ number: 2, dueOn: '2026-09-10' });
    expect(billAfter(subject, '2026-09-10')).toBeUndefined();
  });

  it('ends with the period, when that is what was cancelled to', () => {
    const leaving: Command = { kind: 'cancel', when: 'at_period_end', unused: 'credit' };
    const subject = begun('2026-07-10').do('2026-07-20', leaving);
    expect(lastBillOf(subject.life())).toBe(1);
    subject.do('2026-07-21', { kind: 'withdraw_cancellation' });
    expect(lastBillOf(subject.life())).toBeUndefined();
  });

  it('does not come for a life without a day', () => {
    const subject = begun('2026-07-10', { start: day('2026-08-01') }).do('2026-07-11', leave);
    expect(lastBillOf(subject.life())).toBe(-1);
    expect(billAfter(subject)).toBeUndefined();
  });

  it('carries what changed of billed days, and forgets it when it was run', () => {
    const subject = begun('2026-07-10').do('2026-07-20', upgrade);
    expect(progressOf(subject).bills).toEqual([{ nextBill: 1, changedFrom: '2026-07-20' }]);
    const backdated: Command = { ...upgrade, when: { on: day('2026-07-15') } };
    subject.do('2026-07-22', backdated).do('2026-07-23', upgrade);
    expect(progressOf(subject).bills).toEqual([{ nextBill: 1, changedFrom: '2026-07-15' }]);
    expect(progressOf(subject, '2026-08-10').bills).toEqual([
      { nextBill: 2, changedFrom: undefined },
    ]);
  });

  it('has nothing to carry of days that no bill has reached', () => {
    const later: Command = { ...upgrade, when: 'at_period_end' };
    const subject = begun('2026-07-10').do('2026-07-20', later);
    expect(progressOf(subject).bills).toEqual([{ nextBill: 1, changedFrom: undefined }]);
  });

  it('is run again for a difference that no later bill would carry', () => {
    const subject = begun('2026-07-10').do('2026-10-20', {
      kind: 'cancel',
      when: { on: day('2026-07-25') },
      unused: 'credit',
    });
    const progress = progressOf(subject);
    expect(progress.bills).toEqual([{ nextBill: 4, changedFrom: '2026-07-25' }]);
    const bill = nextBill(subject.lives(), progress);
    expect(bill).toMatchObject({ number: 3, again: true });
    expect(
      nextBill(subject.lives(), progressAfterBill(progress, bill ?? { life: 1, number: 3 })),
    ).toBeUndefined();
  });

  it('carries a difference by itself where the seller bills it at once, and then the next comes', () => {
    const subject = begun('2026-07-10').do('2026-07-20', upgrade);
    const progress: Progress = { ...progressOf(subject), differences: 'at_once' };
    const bill = nextBill(subject.lives(), progress);
    expect(bill).toMatchObject({ number: 0, again: true });
    const after = progressAfterBill(progress, { life: 1, number: 0 });
    expect(nextBill(subject.lives(), after)).toMatchObject({ number: 1, again: false });
  });

  it('stays where it is when an older one is run once more', () => {
    const progress = progressOf(begun('2026-07-10'), '2026-10-15');
    expect(progressAfterBill(progress, { life: 1, number: 1 })).toEqual(progress);
  });

  it('of a new life does not wait for the last one of the old', () => {
    const subject = begun('2026-07-10')
      .do('2026-07-20', leave)
      .do('2026-07-20', start({ items: [set('pro')] }));
    expect(billAfter(subject)).toMatchObject({ life: 2, number: 0, dueOn: '2026-07-20' });
    expect(billAfter(subject, '2026-07-20')).toMatchObject({
      life: 1,
      number: 1,
      dueOn: '2026-08-10',
    });
    expect(billAfter(subject, '2026-08-10')).toMatchObject({ life: 2, number: 1 });
  });
});

describe('the next turn', () => {
  const subject = begun('2026-07-10', { trial: { days: 14 } })
    .do('2026-07-11', { kind: 'pause', when: { on: day('2026-07-20') }, until: day('2026-07-30') })
    .do('2026-07-11', { kind: 'cancel', when: { on: day('2026-08-20') }, unused: 'credit' });

  it('is each day on which the state turns by itself', () => {
    const days: string[] = [];
    let progress = progressOf(subject);
    for (;;) {
      const turn = nextTurn(subject.lives(), progress);
      if (!turn) break;
      days.push(turn.on);
      progress = { ...progress, toldOn: turn.on };
    }
    expect(days).toEqual(['2026-07-20', '2026-07-24', '2026-07-30', '2026-08-20']);
  });

  it('is due with whatever comes first', () => {
    const lives = subject.lives();
    const started = progressOf(subject);
    expect(nextDueAt(lives, started)).toBe('2026-07-19T21:00:00.000Z');
    const unbilled = { ...started, bills: [{ nextBill: 0, changedFrom: undefined }] };
    expect(nextDueAt(lives, unbilled)).toBe('2026-07-09T21:00:00.000Z');
  });

  it('is none, and nothing is due, when all is over and told', () => {
    const progress = { ...progressOf(subject, '2027-01-01'), toldOn: day('2027-01-01') };
    expect(nextDueAt(subject.lives(), progress)).toBeUndefined();
  });
});

// Goal: no bill and no difference is forgotten, whatever happens in whatever order. Method: run the bills
// as they come due through any story, then look at what was run.
it('reaches every bill that has become due, and leaves no difference behind', () => {
  const property = fc.property(stories, (steps) => {
    const { subject, today } = told(steps);
    if (subject.changes.length === 0) return;
    const until = addDays(today, 400);
    const { bills } = progressOf(subject, until);
    expect(bills).toHaveLength(subject.lives().length);
    for (const [index, life] of subject.lives().entries()) {
      const current = periodAt(life.cycle, until)?.index ?? -1;
      const last = Math.min(lastBillOf(life) ?? current, current);
      expect(bills[index]?.nextBill).toBeGreaterThan(last);
      expect(bills[index]?.changedFrom).toBeUndefined();
    }
  });
  fc.assert(property, { numRuns: 200 });
});
