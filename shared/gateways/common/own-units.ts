import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import { MAX_MINOR } from '#shared/kernel/money.ts';
import { minorAmount } from './fields.ts';
import { JsonNumber } from './json.ts';
import { refuse } from './refused.ts';

/** Currencies whose minor unit a gateway counts with other digits than ISO 4217, and with how many. */
export type OwnDigits = Partial<Record<Currency, number>>;

type OwnAmountOptions = {
  readonly field: string;
  readonly currency: Currency;
  readonly digits: OwnDigits;
  readonly zeroAllowed?: boolean;
};

/** Reads an integer amount (a JSON number) in the gateway's own units into ISO minor units, exactly. */
export function ownAmount(value: unknown, options: OwnAmountOptions): bigint {
  const { field, currency, digits } = options;
  if (!(value instanceof JsonNumber)) return refuse('amount_invalid', `${field} not_a_number`);
  const amount = minorAmount(value, options);
  const surplus = (digits[currency] ?? minorDigits(currency)) - minorDigits(currency);
  if (surplus <= 0) return withinLimit(amount * 10n ** BigInt(-surplus), field);
  const unit = 10n ** BigInt(surplus);
  if (amount % unit !== 0n) return refuse('amount_invalid', `${field} fraction_of_minor_unit`);
  return amount / unit;
}

/** Writes ISO minor units in the gateway's, or gives `undefined` when the gateway cannot say the amount. */
export function ownMinor(minor: bigint, currency: Currency, digits: OwnDigits): bigint | undefined {
  const surplus = (digits[currency] ?? minorDigits(currency)) - minorDigits(currency);
  if (surplus >= 0) return minor * 10n ** BigInt(surplus);
  const unit = 10n ** BigInt(-surplus);
  return minor % unit === 0n ? minor / unit : undefined;
}

function withinLimit(amount: bigint, field: string): bigint {
  return amount > MAX_MINOR ? refuse('amount_invalid', `${field} too_large`) : amount;
}
