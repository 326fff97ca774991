import { randomName, randomUuid } from '#local/kernel/random.ts';

type Random = () => number;

/** Digits without a leading zero. */
export function randomDigits(random: Random, length: number): string {
  let digits = String(1 + Math.floor(random() * 9));
  while (digits.length < length) digits += Math.floor(random() * 10);
  return digits;
}

export function randomHex(random: Random, length: number): string {
  let hex = '';
  while (hex.length < length) hex += Math.floor(random() * 16).toString(16);
  return hex;
}

/** An address inside an IPv4 block, so that a check of the sender's range has something to check. */
export function addressWithin(random: Random, firstAddress: string, size: number): string {
  const octets = firstAddress.split('.').map(Number);
  const base = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const address = base + Math.floor(random() * size);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

export { randomName, randomUuid };
