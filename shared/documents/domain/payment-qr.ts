import { invariant } from '#shared/kernel/invariant.ts';

/** A payment in roubles as GOST R 56042-2014 lets a phone read it. */
export type PaymentOrder = {
  readonly name: string;
  readonly account: string;
  readonly bankName: string;
  readonly bic: string;
  /** Absent at the Bank of Russia: written as 0. */
  readonly correspondentAccount: string | undefined;
  readonly kopecks: bigint;
  readonly purpose: string;
  readonly inn: string;
  readonly kpp: string | undefined;
};

/** Format, version 0001, text in UTF-8. */
const HEADER = 'ST00012';
/** Signs that may stand between fields; the standard recommends the first. */
const SEPARATORS = ['|', '~', '^', '_', ';'] as const;
const LIMITS = { Name: 160, BankName: 45, Purpose: 210, Sum: 18 } as const;

/**
 * The text of a payment QR code: `ST00012|Name=…|PersonalAcc=…`.
 *
 * The separator is whatever sign no field has: the reader takes the one that follows the header.
 * Texts that are too long are cut, numbers of the wrong length are bugs.
 */
export function paymentQrText(order: PaymentOrder): string {
  const { account, bic, correspondentAccount, inn, kpp, kopecks } = order;
  invariant(kopecks > 0n && String(kopecks).length <= LIMITS.Sum, 'a payment code has a sum');
  invariant(/^\d{20}$/.test(account), 'an account has 20 digits');
  invariant(/^\d{9}$/.test(bic), 'a BIC has 9 digits');
  invariant(
    /^(\d{20})?$/.test(correspondentAccount ?? ''),
    'a correspondent account has 20 digits',
  );
  invariant(/^(\d{10}|\d{12})$/.test(inn), 'an INN has 10 or 12 digits');
  invariant(kpp === undefined || /^\d{9}$/.test(kpp), 'a KPP has 9 digits');
  const fields = [
    ['Name', cut(order.name, LIMITS.Name)],
    ['PersonalAcc', account],
    ['BankName', cut(order.bankName, LIMITS.BankName)],
    ['BIC', bic],
    ['CorrespAcc', correspondentAccount ?? '0'],
    ['Sum', String(kopecks)],
    ['Purpose', cut(order.purpose, LIMITS.Purpose)],
    ['PayeeINN', inn],
    ...(kpp === undefined ? [] : [['KPP', kpp]]),
  ].map(([name, value]) => `${name}=${value}`);
  const separator = SEPARATORS.find((sign) => fields.every((field) => !field.includes(sign)));
  // With all separators in use, the text gives way: a code that nobody can read pays nothing.
  const between = separator ?? SEPARATORS[0];
  const whole = separator ? fields : fields.map((field) => field.replaceAll(between, '/'));
  return [HEADER, ...whole].join(between);
}

/** Line breaks and doubled spaces would only take room. A cut never divides a sign. */
function cut(text: string, limit: number): string {
  return [...text.replace(/\s+/gu, ' ').trim()].slice(0, limit).join('').trimEnd();
}
