import { describe, expect, it } from 'vitest';
import { groupAlarms } from '#local/console/app/alarm-groups.ts';
import { impactIn } from '#local/console/app/alarm-texts.ts';
import { wordsOf } from '#local/console/app/format.ts';
import { fill, LANGUAGES, languageFrom } from '#local/console/app/texts.ts';
import type { StageName } from '#local/console/snapshot.ts';
import { ofType, synthesize } from '../../infra/stage.ts';

describe('the two languages', () => {
  const { en, ru } = LANGUAGES;

  it('say the same things', () => {
    expect(Object.keys(ru).sort()).toEqual(Object.keys(en).sort());
  });

  it('leave nothing empty and fill in the same values', () => {
    const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, english] of Object.entries(en)) {
      const russian: string = ru[key as keyof typeof ru];
      expect(russian.trim(), key).not.toBe('');
      expect(places(russian), key).toEqual(places(english));
    }
  });

  it('are chosen by the address first, then by the browser', () => {
    expect(languageFrom('#ru', ['en-US'])).toBe('ru');
    expect(languageFrom('', ['ru-RU', 'en'])).toBe('ru');
    expect(languageFrom('#elsewhere', ['de', 'en-GB', 'ru'])).toBe('en');
    expect(languageFrom('', ['de'])).toBe('en');
  });
});

describe('writing numbers', () => {
  const spaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

  it('gives a delay in the unit that reads best', () => {
    const { delay } = wordsOf('en');
    const written = [0, 184, 999, 2431, 64_200, 600_000].map((ms) => spaces(delay(ms)));
    expect(written).toEqual(['0 ms', '184 ms', '999 ms', '2.4 s', '64 s', '10 min']);
  });

  it('writes as each language does', () => {
    expect(spaces(wordsOf('ru').delay(2431))).toBe('2,4 с');
    expect(spaces(wordsOf('ru').money('1234567', 'RUB'))).toBe('12 345,67 ₽');
    expect(spaces(wordsOf('en').money('1234567', 'RUB'))).toBe('₽12,345.67');
    expect(spaces(wordsOf('ru').age(7_200_000))).toBe('2 ч');
  });

  it('minds currencies without minor units', () => {
    expect(spaces(wordsOf('en').money('1234', 'JPY'))).toBe('¥1,234');
  });

  it('keeps a place that has no value, so that the mistake shows', () => {
    expect(fill('{a} and {b}', { a: '1' })).toBe('1 and {b}');
  });
});

describe('the alarms of the template', () => {
  const { running } = synthesize();
  const descriptions = [
    ...ofType(running, 'AWS::CloudWatch::Alarm'),
    ...ofType(running, 'AWS::CloudWatch::CompositeAlarm'),
  ].map(([, { Properties }]) => String(Properties['AlarmDescription'] ?? ''));
  const impacts = descriptions.map((text) => text.replace(/\s*Runbook: \S+$/, ''));

  it('can all be told in Russian', () => {
    expect(impacts.length).toBeGreaterThan(50);
    const untold = impacts.filter((impact) => impactIn('ru', impact).language !== 'ru');
    expect([...new Set(untold)]).toEqual([]);
  });

  it('are shown as they came when they are new, and marked as English', () => {
    expect(impactIn('ru', 'Something new.')).toEqual({ text: 'Something new.', language: 'en' });
  });

  it('of one kind stand together, and the last slow stage of the flow comes first', () => {
    const alarm = (name: string, stage: StageName | null, impact: string, sinceMs: number) => ({
      name: `priliv-dev-${name}`,
      stage,
      impact,
      reason: '',
      sinceMs,
    });
    const firing = [
      alarm('ReceivedToPaid-Slow', null, 'Payers wait.', 9),
      alarm('ReceiveWebhook-sber-Failing', 'receive', 'Not taken.', 8),
      alarm('ReceiveWebhook-tbank-Failing', 'receive', 'Not taken.', 7),
      alarm('Stage-queue-Slow', 'queue', 'Payments wait.', 7),
      alarm('Stage-settle-Slow', 'settle', 'Writing is slow.', 6),
    ];
    expect(groupAlarms(firing)).toEqual([
      { names: ['Stage-settle-Slow'], stage: 'settle', impact: 'Writing is slow.', sinceMs: 6 },
      { names: ['Stage-queue-Slow'], stage: 'queue', impact: 'Payments wait.', sinceMs: 7 },
      {
        names: ['ReceiveWebhook-sber-Failing', 'ReceiveWebhook-tbank-Failing'],
        stage: 'receive',
        impact: 'Not taken.',
        sinceMs: 7,
      },
      { names: ['ReceivedToPaid-Slow'], stage: null, impact: 'Payers wait.', sinceMs: 9 },
    ]);
  });
});
