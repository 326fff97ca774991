/** A text that was written somewhere, and where. */
export type Written = { readonly where: string; readonly text: string };

export type Leak = { readonly where: string; readonly what: string };

export type ScanOptions = {
  /** Exact texts that may stand nowhere: secrets, and people whom the simulators put into messages. */
  readonly forbidden: ReadonlyMap<string, string>;
  /** Numbers that look like a card and are known to be something else: ids of gateways. */
  readonly knownNumbers: ReadonlySet<string>;
};

const E_MAIL = /[\p{L}\d._%+-]{1,64}@[\p{L}\d-]{1,63}(?:\.[\p{L}\d-]{2,63})+/gu;
const PHONE = /\+7[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}\b/g;
const CARD_MASK = /\b\d{4,6}[*xX•]{4,9}\d{4}\b/g;
/** In one piece or in fours; not a part of a longer word, of a UUID or of a decimal number. */
const DIGITS = /(?<![\w.-])(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3})(?![\w-]|\.\d)/g;
/** Mir, Visa, Mastercard: the issuers of the payers here. */
const ISSUER = /^(?:4|5[1-5]|2[2-7])/;

/** Looks for personal data, card numbers and secrets. A leak is told by its kind, never by its value. */
export function scan(all: Iterable<Written>, options: ScanOptions): Leak[] {
  const leaks: Leak[] = [];
  for (const { where, text } of all) {
    for (const what of kindsIn(text, options)) leaks.push({ where, what });
  }
  return leaks;
}

function kindsIn(text: string, { forbidden, knownNumbers }: ScanOptions): string[] {
  const kinds: string[] = [];
  for (const [value, what] of forbidden) if (text.includes(value)) kinds.push(what);
  if (text.match(E_MAIL)) kinds.push('an e-mail address');
  if (text.match(PHONE)) kinds.push('a phone number');
  if (text.match(CARD_MASK)) kinds.push('a card mask');
  const numbers = (text.match(DIGITS) ?? []).map((number) => number.replaceAll(/[ -]/g, ''));
  if (numbers.some((number) => isCard(number) && !knownNumbers.has(number)))
    kinds.push('a card number');
  return kinds;
}

function isCard(digits: string): boolean {
  return ISSUER.test(digits) && digits.length >= 13 && digits.length <= 19 && hasLuhnDigit(digits);
}

/** The check digit of ISO/IEC 7812. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** All texts inside a value whose field has a name that means a secret. */
export function secretsIn(value: unknown, isSecret = false): string[] {
  if (typeof value === 'string') return isSecret && value.length >= 6 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    secretsIn(inner, isSecret || /secret|password|apiKey|token/i.test(name)),
  );
}
