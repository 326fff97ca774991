import type { Kit } from './kit.ts';

/** An amount as the gateway's messages write it. */
export function wireOf(kit: Kit, minor: bigint): string {
  const digits = minor.toString().padStart(3, '0');
  const decimal = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  if (kit.amountForm === 'decimal_json') return `"${decimal}"`;
  return kit.amountForm === 'decimal_text' ? decimal : minor.toString();
}

/** Amounts that are none, in the gateway's way of writing. */
export function badAmounts({ amountForm }: Kit): string[] {
  const minor = ['0', '-1', '-490000', '1.5', '4900.00', '1e3', '1000000000000001'];
  const huge = ['9007199254740993', '99999999999999999999999999'];
  const decimal = ['0.00', '-1.00', '49.001', '4.9e3', '4900,00', '٤٩', 'NaN', '0x10', ' 1.00'];
  const wrongTypes = ['true', 'null', '{}', '[]', '"abc"', '""'];
  switch (amountForm) {
    case 'minor_json':
      return [...minor, ...huge, ...wrongTypes];
    case 'minor_text':
      return [...minor, ...huge, 'abc', '٤٩'];
    case 'decimal_json':
      return [...decimal, ...huge, '1e30']
        .map((text) => `"${text}"`)
        .concat(wrongTypes, '-1', '1e2');
    case 'decimal_text':
      return [...decimal, ...huge, 'abc'];
    default:
      return amountForm satisfies never;
  }
}
