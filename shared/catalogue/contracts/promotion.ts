import * as z from 'zod';
import { seller as sellerId } from '#shared/operator-api/contracts/fields.ts';
import type { Path } from '../domain/issue.ts';
import type { Promotion } from '../domain/promotion.ts';
import { amounts, day, id, percent, reportSpan, title, wholeNumber } from './fields.ts';

const CLAIMS_MAX = 100_000_000;
const BILLS_MAX = 1200;
const PRIORITY_MAX = 1000;

const coupon = z.codec(
  z.strictObject({
    code: z
      .string()
      .regex(/^[A-Z0-9][A-Z0-9-]{2,39}$/, 'must be 3 to 40 capital letters, digits or "-"'),
    /** Of all payers together. */
    total: wholeNumber(0, CLAIMS_MAX).optional(),
    perPayer: wholeNumber(1, 1000).default(1),
  }),
  z.custom<NonNullable<Promotion['coupon']>>(),
  {
    decode: ({ code, total, perPayer }) => ({ code, total, perPayer }),
    encode: (written) => written,
  },
);

const lasts = z.codec(
  z.union(
    [
      z.literal('forever'),
      z.strictObject({ until: day }),
      z.strictObject({ bills: wholeNumber(1, BILLS_MAX) }),
    ],
    'must be "forever", "until" with a day or "bills" with a number',
  ),
  z.custom<Promotion['lasts']>(),
  { decode: (read) => read, encode: (written) => written },
);

export const promotion = z.codec(
  z.strictObject({
    id,
    seller: sellerId,
    title,
    level: z.enum(['line', 'bill']),
    /** One of the two. */
    percentOff: percent.optional(),
    amountOff: amounts.optional(),
    plans: z.array(id).min(1, 'must name at least one plan').optional(),
    priority: wholeNumber(0, PRIORITY_MAX).default(0),
    from: day,
    to: day.optional(),
    lasts,
    coupon: coupon.optional(),
  }),
  z.custom<Promotion>(),
  {
    decode: (read, context) => {
      const { id: promotionId, seller, percentOff, amountOff, plans, to, coupon, ...rest } = read;
      const report = (path: Path, message: string) =>
        context.issues.push({ code: 'custom', input: read, path: [...path], message });
      reportSpan(read, report);
      if ((percentOff === undefined) === (amountOff === undefined)) {
        report([], 'needs one of "percentOff" and "amountOff"');
      }
      const value: Promotion['value'] = percentOff
        ? { kind: 'percent', percent: percentOff }
        : { kind: 'fixed', amounts: amountOff ?? {} };
      return { promotionId, sellerId: seller, value, planIds: plans, to, coupon, ...rest };
    },
    encode: ({ promotionId, sellerId: seller, value, planIds, ...rest }) => ({
      id: promotionId,
      seller,
      ...(value.kind === 'percent' ? { percentOff: value.percent } : { amountOff: value.amounts }),
      plans: planIds && [...planIds],
      ...rest,
    }),
  },
);
