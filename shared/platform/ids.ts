import { randomBytes } from 'node:crypto';
import { epochMs, type Instant } from '#shared/kernel/time.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A ULID: 48 bits of time, 80 bits of chance, so ids sort by the moment they were made.
 *
 * Format: https://github.com/ulid/spec
 */
export function newUlid(now: Instant, random: (size: number) => Uint8Array = randomBytes): string {
  const ms = BigInt(epochMs(now));
  const chance = random(10).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  let rest = (ms << 80n) | chance;
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = CROCKFORD.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}
