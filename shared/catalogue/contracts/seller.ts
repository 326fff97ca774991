import * as z from 'zod';
import { parseZone, type Zone } from '#shared/kernel/zone.ts';
import { seller as sellerId } from '#shared/operator-api/contracts/fields.ts';
import {
  isAccountAt,
  isBic,
  isCorrespondentAccount,
  isInn,
  isKpp,
  isOgrn,
} from '../domain/requisites.ts';
import { DOCUMENT_KINDS, type NumberSeries, type Seller, VAT_REGIMES } from '../domain/seller.ts';
import { id, line, wholeNumber } from './fields.ts';

const GRACE_HOURS_MAX = 31 * 24;
const ACCOUNTS_MAX = 20;

const zone = z.codec(z.string(), z.custom<Zone>(), {
  decode: (text, context) => {
    const read = parseZone(text);
    if (read) return read;
    const message = 'must be a time zone of the IANA database, such as Europe/Moscow';
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  },
  encode: (name) => name,
});

const bankAccount = z
  .strictObject({
    bankName: line(200),
    bic: z.string().refine(isBic, 'must be 9 digits that begin with 04'),
    account: z.string(),
    correspondentAccount: z.string(),
  })
  .superRefine(({ bic, account, correspondentAccount }, context) => {
    if (!isBic(bic)) return;
    const report = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (!isAccountAt(account, bic)) {
      report('account', `is not an account at the bank ${bic}: 20 digits whose key fits the BIC`);
    }
    if (!isCorrespondentAccount(correspondentAccount, bic)) {
      report('correspondentAccount', `is not the correspondent account of the bank ${bic}`);
    }
  });

const numberSeries = z.codec(
  z.strictObject({
    id,
    documents: z.array(z.enum(DOCUMENT_KINDS)).min(1, 'must name at least one kind of document'),
    /** `{number}` without digits is as long as it is; `{number:6}` is filled up with zeros. */
    pattern: line(60),
    reset: z.enum(['yearly', 'never']),
  }),
  z.custom<NumberSeries>(),
  {
    decode: ({ id: series, ...rest }) => ({ series, ...rest }),
    encode: ({ series, documents, pattern, reset }) => ({
      id: series,
      documents: [...documents],
      pattern,
      reset,
    }),
  },
);

export const seller = z.codec(
  z.strictObject({
    id: sellerId,
    kind: z.enum(['organisation', 'entrepreneur']),
    name: line(250),
    inn: z.string().refine(isInn, 'is not an INN: its check digits do not fit'),
    kpp: z.string().refine(isKpp, 'must be a KPP of 9 characters').optional(),
    ogrn: z.string().refine(isOgrn, 'is not an OGRN or OGRNIP: its check digit does not fit'),
    address: line(500),
    bankAccounts: z.array(bankAccount).min(1, 'must hold at least one account').max(ACCOUNTS_MAX),
    vat: z.enum(VAT_REGIMES),
    zone,
    rounding: z.enum(['line', 'document']).default('line'),
    zeroInvoices: z.enum(['skip', 'issue']).default('skip'),
    graceHours: wholeNumber(0, GRACE_HOURS_MAX).default(0),
    numbering: z.array(numberSeries).min(1, 'must hold at least one series').max(20),
  }),
  z.custom<Seller>(),
  {
    decode: ({ id: read, kpp, ...rest }) => ({ sellerId: read, kpp, ...rest }),
    encode: ({ sellerId: written, ...rest }) => ({
      id: written,
      ...rest,
      bankAccounts: rest.bankAccounts.map((account) => ({ ...account })),
      numbering: [...rest.numbering],
    }),
  },
);
