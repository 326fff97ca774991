import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { input, quotient } from '#shared/billing/domain/expression.ts';
import { cliffsOf, rate } from '#shared/billing/domain/rate-model.ts';
import type { PriceModel } from '#shared/catalogue/domain/plan.ts';
import { compareRatio, minus, ratio, times, ZERO } from '#shared/kernel/ratio.ts';
import { exactly, flat, perUnit, tier } from './builders.ts';

const amountOf = (price: PriceModel, quantity: string, events = 1n) =>
  rate(price, {
    quantity: input('quantity', exactly(quantity)),
    events,
    allowance: undefined,
    source: 'plan:test',
  }).value;

const TIERS = [tier('100', '10'), tier(undefined, '8')];
const GRADUATED: PriceModel = { model: 'graduated', tiers: TIERS };
const VOLUME: PriceModel = { model: 'volume', tiers: TIERS, floor: false };

describe('a price', () => {
  it('per unit counts what goes beyond the allowance', () => {
    expect(amountOf(flat(500n), '12')).toEqual(ratio(500n));
    expect(amountOf(perUnit('2.5', '10'), '12')).toEqual(ratio(5n));
    expect(amountOf(perUnit('2.5', '10'), '10')).toEqual(ZERO);
    expect(amountOf(perUnit('2.5', '10'), '3')).toEqual(ZERO);
  });

  it('in graduated tiers prices each part: 101 units at 10 and 8 are 1,008', () => {
    expect(amountOf(GRADUATED, '0')).toEqual(ZERO);
    expect(amountOf(GRADUATED, '100')).toEqual(ratio(1000n));
    expect(amountOf(GRADUATED, '100.5')).toEqual(ratio(1004n));
    expect(amountOf(GRADUATED, '101')).toEqual(ratio(1008n));
  });

  it('by volume prices all units by one tier: 101 are 808, fewer than 100 cost', () => {
    expect(amountOf(VOLUME, '0')).toEqual(ZERO);
    expect(amountOf(VOLUME, '100')).toEqual(ratio(1000n));
    expect(amountOf(VOLUME, '101')).toEqual(ratio(808n));
    expect(cliffsOf(TIERS)).toEqual([ratio(100n)]);
    expect(cliffsOf([tier('100', '10'), tier(undefined, '8', '200')])).toEqual([]);
  });

  it('by volume with a floor never costs less than a lower tier does', () => {
    const floored: PriceModel = { ...VOLUME, floor: true };
    expect(amountOf(floored, '101')).toEqual(ratio(1000n));
    expect(amountOf(floored, '125')).toEqual(ratio(1000n));
    expect(amountOf(floored, '126')).toEqual(ratio(1008n));
  });

  it('adds the flat part of a tier once anything falls into it', () => {
    const tiers = [tier('10', '0', '500'), tier(undefined, '2', '100')];
    expect(amountOf({ model: 'graduated', tiers }, '0')).toEqual(ZERO);
    expect(amountOf({ model: 'graduated', tiers }, '10')).toEqual(ratio(500n));
    expect(amountOf({ model: 'graduated', tiers }, '11')).toEqual(ratio(602n));
    expect(amountOf({ model: 'volume', tiers, floor: false }, '11')).toEqual(ratio(122n));
  });

  it('of packages counts begun ones beyond the allowance', () => {
    const price: PriceModel = {
      model: 'package',
      size: ratio(10n),
      amount: ratio(300n),
      included: ratio(5n),
    };
    expect(['5', '5.01', '15', '15.01'].map((quantity) => amountOf(price, quantity))).toEqual(
      [0n, 300n, 300n, 600n].map((minor) => ratio(minor)),
    );
  });

  it('of a percentage adds so much an event, within its bounds', () => {
    const price: PriceModel = {
      model: 'percentage',
      rate: exactly('0.025'),
      fixed: ratio(15n),
      included: ratio(1000n),
      minimum: ratio(100n),
      maximum: ratio(700n),
    };
    expect(amountOf(price, '11000', 4n)).toEqual(ratio(310n));
    expect(amountOf(price, '500', 4n)).toEqual(ratio(100n));
    expect(amountOf(price, '99999', 4n)).toEqual(ratio(700n));
    expect(amountOf(price, '0', 0n)).toEqual(ZERO);
  });

  it('grants a prorated part of its allowance', () => {
    const rated = {
      quantity: input('quantity', 40n),
      events: 1n,
      allowance: quotient(input('days', 10n), input('days_of_period', 31n)),
      source: 'plan:test',
    };
    expect(rate(perUnit('3', '93'), rated).value).toEqual(ratio(30n));
  });

  it('refuses a quantity below zero', () => {
    expect(() => amountOf(GRADUATED, '-1')).toThrow('not negative');
  });

  it('in graduated tiers without flat parts has no jump', () => {
    const quantities = fc
      .integer({ min: 0, max: 3000 })
      .map((tenths) => ratio(BigInt(tenths), 10n));
    const step = ratio(1n, 10n);
    fc.assert(
      fc.property(quantities, ({ num, den }) => {
        const at = (quantity: typeof step) =>
          rate(GRADUATED, {
            quantity: input('quantity', quantity),
            events: 1n,
            allowance: undefined,
            source: '',
          }).value;
        const grown = minus(at(ratio(num * 10n + den, den * 10n)), at({ num, den }));
        expect(compareRatio(grown, ZERO)).toBe(1);
        expect(compareRatio(grown, times(step, ratio(10n)))).toBeLessThanOrEqual(0);
      }),
    );
  });
});
