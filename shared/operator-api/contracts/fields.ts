import * as z from 'zod';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import { type Instant, parseInstant } from '#shared/kernel/time.ts';

/** The fields that several operations share. Money is a text of minor digits beside its currency. */

const PAGE_SIZE = 50;
/** A page of invoices with their payments stays far below the 6 MB that Lambda may answer. */
const PAGE_SIZE_MAX = 200;

export const seller = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'must be 1 to 40 letters, digits, "_" or "-"')
  .meta({ description: 'Seller id, as in the webhook address.', example: 'shop' });

export const gateway = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be the name of a gateway in lower case')
  .meta({ description: 'Gateway name, as in the webhook address.', example: 'yookassa' });

export const invoiceId = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,30}$/, 'must be 1 to 30 letters, digits or "_"')
  .meta({ description: 'Invoice id, unique for the seller.', example: 'INV_1001' });

export const payerId = z
  .string()
  .regex(/^payer_[A-Za-z0-9]{8,40}$/, 'must be "payer_" and 8 to 40 letters or digits')
  .meta({ description: 'Opaque payer id.', example: 'payer_8f3k2m9q' });

export const paymentId = z
  .string()
  .min(1)
  .max(200)
  .refine(isSafeText, 'must not hold control or invisible characters')
  .meta({ description: "The gateway's own id of the payment." });

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code in capitals', abort: true })
  .refine(isCurrency, 'must be an ISO 4217 code that can be accounted in')
  .transform((code) => code as Currency) // `refine` has checked it and does not narrow.
  .meta({ description: 'ISO 4217 alphabetic code.', example: 'RUB' });

/** An amount that somebody asks for: whole minor units, at least 1 and at most 10^15. */
export const positiveAmount = z
  .string('must be a text of digits')
  .regex(
    /^(?:[1-9]\d{0,14}|1000000000000000)$/,
    'must be whole minor units as digits, from 1 to 1000000000000000',
  )
  .transform((digits) => BigInt(digits))
  .meta({ description: 'Minor units (kopecks, cents) as digits.', example: '490000' });

/** An amount that is told. */
export const minorDigits = z
  .string()
  .regex(/^(?:0|-?[1-9]\d*)$/)
  .meta({ id: 'Minor', description: 'Minor units (kopecks, cents) as digits.', example: '490000' });

export const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ id: 'Currency', description: 'ISO 4217 alphabetic code.', example: 'RUB' });

export const moment = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Moment', description: 'UTC, ISO 8601.', example: '2026-09-01T12:00:00.000Z' });

/** A moment that somebody asks about. It must name its offset: guessing moves money between days. */
export const askedMoment = z
  .string()
  .transform((text, context): Instant => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue('must be an ISO 8601 moment with "Z" or an offset ("+" is written %2B)');
    return z.NEVER;
  })
  .meta({ format: 'date-time', example: '2026-09-01T00:00:00Z' });

export const pageLimit = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'must be a positive number')
  .transform(Number)
  .refine((limit) => limit <= PAGE_SIZE_MAX, `must be at most ${PAGE_SIZE_MAX}`)
  .default(PAGE_SIZE)
  .meta({
    description: `Largest number of rows, ${PAGE_SIZE} unless told.`,
    override: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE },
  });

export const pageCursor = z
  .string()
  .max(2_000)
  .exactOptional()
  .meta({ description: '`nextCursor` of the page before, as it came.' });

export const nextCursor = z
  .string()
  .exactOptional()
  .meta({ description: 'Asks for the next page. Absent on the last one.' });

export const none = z.strictObject({});
