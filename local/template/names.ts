import { createHash } from 'node:crypto';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Text that looks random and is the same on every start, so that kept state is found again. */
export function stableText(seed: string, length: number, alphabet: string = LOWER): string {
  const bytes = createHash('sha512').update(seed).digest();
  return Array.from({ length }, (_, at) => {
    const byte = bytes[at % bytes.length] ?? 0;
    return alphabet[byte % alphabet.length] ?? '';
  }).join('');
}

/** The name that CloudFormation gives to a resource without one: stack, logical id, suffix. */
export function generatedName(stack: string, logicalId: string, maxLength: number): string {
  const suffix = stableText(`${stack}/${logicalId}`, 12, UPPER);
  return `${`${stack}-${logicalId}`.slice(0, maxLength - 13)}-${suffix}`;
}

/** A version 4 shaped UUID that is the same on every start. */
export function stableUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
