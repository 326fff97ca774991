import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isAccountAt,
  isBic,
  isCorrespondentAccount,
  isInn,
  isKpp,
  isOgrn,
} from '#shared/catalogue/domain/requisites.ts';

/** Published requisites of banks and companies. */
const RIGHT = {
  inn: ['7707083893', '7710140679', '500100732259'],
  ogrn: ['1027700132195', '1027739642281'],
  correspondent: [
    ['30101810400000000225', '044525225'],
    ['30101810145250000974', '044525974'],
  ],
} as const;

/** A text with one digit replaced by another. */
function oneDigitOff(text: string) {
  return fc
    .tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 9 }))
    .map(([at, by]) => `${text.slice(0, at)}${(Number(text[at]) + by) % 10}${text.slice(at + 1)}`);
}

describe('requisites', () => {
  it('are taken as banks and tax offices have published them', () => {
    expect(RIGHT.inn.map(isInn)).toEqual([true, true, true]);
    expect(RIGHT.ogrn.map(isOgrn)).toEqual([true, true]);
    expect(
      RIGHT.correspondent.map(([account, bic]) => isCorrespondentAccount(account, bic)),
    ).toEqual([true, true]);
    expect(isAccountAt('40702810938000000001', '044525225')).toBe(true);
    expect(['773601001', '7736AZ001'].map(isKpp)).toEqual([true, true]);
  });

  it.each(['7707083893', '500100732259'])(
    'refuse INN %s with one digit off, save what modulo 11 cannot see',
    (inn) => {
      const offs = fc.sample(oneDigitOff(inn), 300);
      // The remainder 10 is written as 0, so that a few mistakes in eleven stay hidden.
      expect(offs.filter(isInn).length).toBeLessThan(offs.length / 5);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), (by) => {
          const last = (Number(inn.at(-1)) + by) % 10;
          expect(isInn(`${inn.slice(0, -1)}${last}`)).toBe(false);
        }),
      );
    },
  );

  it('refuse an account with one digit off, or at another bank', () => {
    const [account, bic] = ['40702810938000000001', '044525225'];
    fc.assert(
      fc.property(oneDigitOff(account), (other) => {
        expect(isAccountAt(other, bic)).toBe(false);
      }),
    );
    expect(isAccountAt(account, '044525226')).toBe(false);
    expect(isCorrespondentAccount('30101810400000000225', '044525974')).toBe(false);
  });

  it('refuse an OGRN with another check digit', () => {
    for (const digit of '012346789') expect(isOgrn(`102770013219${digit}`)).toBe(false);
    expect(isOgrn('326990000000010')).toBe(true);
    expect(isOgrn('326990000000011')).toBe(false);
  });

  it.each(['', ' 7707083893', '770708389', '77070838933', '７７０７０８３８９３'])(
    'refuse %j',
    (text) => {
      expect([isInn(text), isOgrn(text), isBic(text)]).toEqual([false, false, false]);
    },
  );
});
