import { describe, expect, it } from 'vitest';
import { compilePattern } from '#local/events/pattern.ts';

const event = {
  source: 'billing.payments',
  'detail-type': 'payment.captured.v1',
  resources: ['arn:one', 'arn:two'],
  detail: {
    amountMinor: 19900,
    currency: 'RUB',
    isTest: false,
    reason: null,
    payer: { country: 'RU' },
    lines: [
      { sku: 'A', count: 1 },
      { sku: 'B', count: 5 },
    ],
    none: [],
  },
};

const matches = (pattern: unknown) => compilePattern(JSON.stringify(pattern))(event);

describe('event patterns', () => {
  const cases: [string, unknown, boolean][] = [
    ['an exact value', { source: ['billing.payments'] }, true],
    ['one of several values', { source: ['x', 'billing.payments'] }, true],
    ['no listed value', { source: ['x'] }, false],
    ['all fields together', { source: ['billing.payments'], detail: { currency: ['USD'] } }, false],
    ['a nested field', { detail: { payer: { country: ['RU'] } } }, true],
    ['an element of an array', { resources: ['arn:two'] }, true],
    ['a field of an array of objects', { detail: { lines: { sku: ['B'] } } }, true],
    ['no such field in the array', { detail: { lines: { sku: ['C'] } } }, false],
    [
      'a number, a boolean and null',
      { detail: { amountMinor: [19900], isTest: [false], reason: [null] } },
      true,
    ],
    ['no text for a number', { detail: { amountMinor: ['19900'] } }, false],
    ['a prefix', { 'detail-type': [{ prefix: 'payment.' }] }, true],
    ['another prefix', { 'detail-type': [{ prefix: 'invoice.' }] }, false],
    [
      'a prefix in any case',
      { 'detail-type': [{ prefix: { 'equals-ignore-case': 'PAYMENT.' } }] },
      true,
    ],
    ['a suffix', { 'detail-type': [{ suffix: '.v1' }] }, true],
    ['another suffix', { 'detail-type': [{ suffix: '.v2' }] }, false],
    ['a text in any case', { detail: { currency: [{ 'equals-ignore-case': 'rub' }] } }, true],
    ['a wildcard', { 'detail-type': [{ wildcard: 'payment.*.v1' }] }, true],
    ['a wildcard whose dot is a dot', { 'detail-type': [{ wildcard: 'payment.*Xv1' }] }, false],
    ['anything but another', { detail: { currency: [{ 'anything-but': 'USD' }] } }, true],
    ['anything but this', { detail: { currency: [{ 'anything-but': ['USD', 'RUB'] }] } }, false],
    ['anything but a prefix', { source: [{ 'anything-but': { prefix: 'billing.' } }] }, false],
    [
      'anything but, when the field is absent',
      { detail: { colour: [{ 'anything-but': 'red' }] } },
      false,
    ],
    ['an open range', { detail: { amountMinor: [{ numeric: ['>', 0] }] } }, true],
    ['a closed range', { detail: { amountMinor: [{ numeric: ['>=', 100, '<', 19900] }] } }, false],
    ['a number by =', { detail: { amountMinor: [{ numeric: ['=', 19900] }] } }, true],
    ['a field that exists', { detail: { currency: [{ exists: true }] } }, true],
    ['a field that does not', { detail: { colour: [{ exists: false }] } }, true],
    ['absence, below an absent object', { detail: { a: { b: [{ exists: false }] } } }, true],
    ['presence that is asked to be absence', { detail: { currency: [{ exists: false }] } }, false],
    ['an empty array as absence', { detail: { none: [{ exists: true }] } }, false],
    ['one side of $or', { $or: [{ source: ['x'] }, { detail: { currency: ['RUB'] } }] }, true],
    ['no side of $or', { $or: [{ source: ['x'] }, { source: ['y'] }] }, false],
    [
      '$or beside another field',
      { source: ['x'], $or: [{ source: ['billing.payments'] }, { source: ['y'] }] },
      false,
    ],
    [
      '$or inside detail',
      { detail: { $or: [{ currency: ['USD'] }, { amountMinor: [{ numeric: ['>', 1] }] }] } },
      true,
    ],
  ];
  it.each(cases)('%s', (_name, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });

  const invalid: [string, string][] = [
    ['no JSON', '{'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['an empty list', '{"source":[]}'],
    ['a bare value', '{"source":"x"}'],
    ['an unknown operator', '{"source":[{"cidr":"10.0.0.0/8"}]}'],
    ['two operators in one object', '{"source":[{"prefix":"a","suffix":"b"}]}'],
    ['a numeric range with half an operator', '{"a":[{"numeric":[">"]}]}'],
    ['exists with a text', '{"a":[{"exists":"true"}]}'],
  ];
  it.each(invalid)('refuses %s instead of ignoring it', (_name, pattern) => {
    expect(() => compilePattern(pattern)).toThrow('Event pattern is not valid');
  });
});
