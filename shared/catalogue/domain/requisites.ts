/**
 * Whether requisites can be what they say: each carries digits that follow from the others.
 *
 * A mistyped digit would otherwise be found by the tax office, or by a bank that returns the payment.
 */

const INN_OF_ORGANISATION = [2, 4, 10, 3, 5, 9, 4, 6, 8];
const INN_OF_PERSON_FIRST = [7, ...INN_OF_ORGANISATION];
const INN_OF_PERSON_SECOND = [3, ...INN_OF_PERSON_FIRST];
const ACCOUNT = [7, 1, 3];

/** Order of the tax ministry MMV-7-6/435: ten digits for an organisation, twelve for a person. */
export function isInn(text: string): boolean {
  if (/^\d{10}$/.test(text)) return innDigit(text, INN_OF_ORGANISATION) === digitAt(text, 9);
  if (!/^\d{12}$/.test(text)) return false;
  return (
    innDigit(text, INN_OF_PERSON_FIRST) === digitAt(text, 10) &&
    innDigit(text, INN_OF_PERSON_SECOND) === digitAt(text, 11)
  );
}

/** Four digits of the tax office, two digits or letters of the reason, three of a number. No check digit. */
export function isKpp(text: string): boolean {
  return /^\d{4}[\dA-Z]{2}\d{3}$/.test(text);
}

/** Thirteen digits of an organisation (OGRN), fifteen of an entrepreneur (OGRNIP). */
export function isOgrn(text: string): boolean {
  if (/^\d{13}$/.test(text)) return hasRemainderAtEnd(text, 11n);
  return /^\d{15}$/.test(text) && hasRemainderAtEnd(text, 13n);
}

/** Nine digits that begin with the country's 04. */
export function isBic(text: string): boolean {
  return /^04\d{7}$/.test(text);
}

/** The account of a bank's customer: its key digit follows from the bank's BIC. */
export function isAccountAt(account: string, bic: string): boolean {
  if (!/^\d{20}$/.test(account) || !isBic(bic)) return false;
  // Accounts that the Bank of Russia keeps itself are checked by its branch, as its own are.
  const isBankOfRussia = /00[0-2]$/.test(bic);
  return hasAccountKey((isBankOfRussia ? branchOf(bic) : bic.slice(-3)) + account);
}

/** The account that the bank itself has with the Bank of Russia: it ends as the BIC does. */
export function isCorrespondentAccount(account: string, bic: string): boolean {
  if (!/^301\d{17}$/.test(account) || !isBic(bic)) return false;
  return account.endsWith(bic.slice(-3)) && hasAccountKey(branchOf(bic) + account);
}

function branchOf(bic: string): string {
  return `0${bic.slice(4, 6)}`;
}

function hasAccountKey(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    sum += (digitAt(digits, at) * (ACCOUNT[at % ACCOUNT.length] ?? 0)) % 10;
  }
  return sum % 10 === 0;
}

function innDigit(text: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, at) => total + weight * digitAt(text, at), 0);
  return (sum % 11) % 10;
}

function hasRemainderAtEnd(text: string, divisor: bigint): boolean {
  const remainder = BigInt(text.slice(0, -1)) % divisor;
  return Number(remainder % 10n) === digitAt(text, text.length - 1);
}

function digitAt(text: string, at: number): number {
  return Number(text.charAt(at));
}
