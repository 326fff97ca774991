import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createCatalogueStore } from '#shared/catalogue/adapters/catalogue-store.ts';
import { CatalogueBusy } from '#shared/catalogue/adapters/content-store.ts';
import { createCouponStore } from '#shared/catalogue/adapters/coupon-store.ts';
import { discountOf, discountsWithoutCode } from '#shared/catalogue/domain/promotion.ts';
import { createApplyCatalogue } from '#shared/catalogue/usecases/apply-catalogue.ts';
import { type ClaimRequest, createClaimCoupon } from '#shared/catalogue/usecases/claim-coupon.ts';
import { day } from '#test/billing/builders.ts';
import { type AnyFile, catalogueTable, catalogueWith } from './builders.ts';

const PAYER = 'payer_00000001';
const IN_TIME = '2027-02-01T12:00:00.000Z';

async function coupons(change: (file: AnyFile) => void = () => {}) {
  const { table, clock } = await catalogueTable();
  const catalogue = createCatalogueStore(table);
  await createApplyCatalogue({ store: catalogue, clock })(catalogueWith(change));
  const store = createCouponStore(table, { pause: async () => {} });
  const claim = (request: Partial<ClaimRequest> = {}, now = IN_TIME) =>
    createClaimCoupon({ catalogue, coupons: store, clock: () => now as never })({
      sellerId: 'school',
      payerId: PAYER,
      code: 'START-2027',
      redemption: 1,
      reference: 'subscription-1',
      ...request,
    });
  return { claim, store, catalogue };
}

const payer = (at: number) => `payer_${String(at).padStart(8, '0')}`;

describe('claiming a coupon', () => {
  it('is done once by one of 100 at the same time', async () => {
    const { claim, store } = await coupons();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => claim({ reference: `subscription-${at}` })),
    );
    expect(answers.filter(({ outcome }) => outcome === 'claimed').length).toBe(1);
    const others = answers.filter(({ outcome }) => outcome !== 'claimed');
    expect(others).toEqual(
      Array(99).fill({ outcome: 'refused', reason: 'coupon.redemption_taken' }),
    );
    expect(await store.claimsOf({ sellerId: 'school', payerId: PAYER })).toHaveLength(1);
  });

  it('is done as often as there are coupons by 100 payers at the same time', async () => {
    const { claim, store } = await coupons((file) => {
      file.promotions[0].coupon.total = 10;
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => claim({ payerId: payer(at) })),
    );
    expect(answers.filter(({ outcome }) => outcome === 'claimed').length).toBe(10);
    const claims = await Promise.all(
      answers.map((_, at) => store.claimsOf({ sellerId: 'school', payerId: payer(at) })),
    );
    expect(claims.flat()).toHaveLength(10);
    expect(
      answers
        .filter((answer) => 'reason' in answer)
        .map((answer) => 'reason' in answer && answer.reason),
    ).toEqual(Array(90).fill('coupon.used_up'));
  });

  it('counts a repeat for the same thing once, even after the coupon is used up or over', async () => {
    const { claim } = await coupons((file) => {
      file.promotions[0].coupon.total = 1;
    });
    expect(await claim()).toMatchObject({ outcome: 'claimed' });
    expect(await claim()).toMatchObject({ outcome: 'already_claimed' });
    expect(await claim({}, '2027-06-01T00:00:00.000Z')).toMatchObject({
      outcome: 'already_claimed',
      claim: { claimedOn: '2027-02-01' },
    });
    expect(await claim({ payerId: payer(2) })).toEqual({
      outcome: 'refused',
      reason: 'coupon.used_up',
    });
  });

  it('is done as often by a payer as the coupon allows', async () => {
    const { claim } = await coupons((file) => {
      file.promotions[0].coupon.perPayer = 2;
    });
    const outcomes = [];
    for (const redemption of [1, 2, 3, 0]) {
      const answer = await claim({ redemption, reference: `s${redemption}` });
      outcomes.push('reason' in answer ? answer.reason : answer.outcome);
    }
    const limit = 'coupon.redemption_exceeds_limit';
    expect(outcomes).toEqual(['claimed', 'claimed', limit, limit]);
  });

  it('is refused outside its days, by the calendar of the seller', async () => {
    const { claim } = await coupons();
    const reasonAt = async (now: string) => {
      const answer = await claim({ payerId: payer(Date.parse(now) % 1e7) }, now);
      return 'reason' in answer ? answer.reason : answer.outcome;
    };
    expect(await reasonAt('2026-12-31T20:59:59.000Z')).toBe('coupon.not_valid_yet');
    expect(await reasonAt('2026-12-31T21:00:00.000Z')).toBe('claimed');
    expect(await reasonAt('2027-03-31T20:59:59.000Z')).toBe('claimed');
    expect(await reasonAt('2027-03-31T21:00:00.000Z')).toBe('coupon.over');
    expect(await claim({ code: 'START' })).toEqual({
      outcome: 'refused',
      reason: 'coupon.unknown',
    });
    expect(await claim({ sellerId: 'other' })).toEqual({
      outcome: 'refused',
      reason: 'coupon.unknown',
    });
  });
});

describe('a claim that meets others in flight', () => {
  const claim = {
    sellerId: 'school',
    payerId: PAYER,
    promotionId: 'start-2027',
    redemption: 1,
    claimedOn: day('2027-02-01'),
    reference: 'subscription-1',
  };

  /** The first calls meet another transaction on the count. */
  async function meeting(conflicts: number) {
    const { table } = await catalogueTable();
    let calls = 0;
    const send = async (command: never): Promise<unknown> => {
      if (++calls > conflicts) return table.client.send(command);
      throw new TransactionCanceledException({
        message: 'conflict',
        $metadata: {},
        CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
      });
    };
    const pauses: number[] = [];
    const client = { send } as unknown as typeof table.client;
    const store = createCouponStore(
      { client, name: table.name },
      { pause: async (ms) => pauses.push(ms) },
    );
    return { store, pauses };
  }

  it('is tried again after growing pauses', async () => {
    const { store, pauses } = await meeting(4);
    expect(await store.claim(claim, 5)).toEqual({ outcome: 'claimed' });
    expect(pauses).toHaveLength(4);
    expect(pauses[3]!).toBeGreaterThan(pauses[0]!);
  });

  it('is given back to its sender after so many tries, and nothing is claimed', async () => {
    const { store } = await meeting(10);
    await expect(store.claim(claim, 5)).rejects.toThrow(CatalogueBusy);
    expect(await store.claimsOf(claim)).toEqual([]);
  });
});

describe('a promotion', () => {
  it('takes off bills from the day of the claim on', async () => {
    const [promotion] = catalogueWith(() => {}).promotions;
    const discount = discountOf(promotion!, { redemption: 2, claimedOn: day('2027-02-01') }, 'RUB');
    expect(discount).toEqual({
      discountId: 'start-2027:2',
      level: 'line',
      value: { kind: 'percent', percent: { num: 1n, den: 5n } },
      planIds: ['teacher'],
      priority: 0,
      from: '2027-02-01',
      lasts: { bills: 3 },
    });
  });

  it('without a code is for those who start in its days and pay in its currencies', () => {
    const { promotions } = catalogueWith((file) => {
      const { percentOff: _, coupon: __, ...rest } = file.promotions[0];
      file.promotions = [{ ...rest, amountOff: { RUB: '100.00' } }, file.promotions[0]];
      file.promotions[1].id = 'with-code';
    });
    const on = (date: string, currency: 'RUB' | 'EUR' = 'RUB', seller = 'school') =>
      discountsWithoutCode(promotions, seller, day(date), currency).map(
        ({ discountId }) => discountId,
      );
    expect(on('2027-01-01')).toEqual(['start-2027:1']);
    expect(on('2027-03-31')).toEqual(['start-2027:1']);
    expect(on('2027-04-01')).toEqual([]);
    expect(on('2027-01-01', 'EUR')).toEqual([]);
    expect(on('2027-01-01', 'RUB', 'other')).toEqual([]);
  });
});
