import { type Currency, isCurrency } from '#shared/kernel/currency.ts';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Every currency that Priliv can account in, found by asking for each code there can be. */
export const CURRENCIES: readonly Currency[] = LETTERS.flatMap((a) =>
  LETTERS.flatMap((b) => LETTERS.map((c) => `${a}${b}${c}`)),
).filter(isCurrency);
