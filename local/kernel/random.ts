/** Bytes from the host's seeded source, so that a run with one seed repeats exactly. */
export function randomBytes(random: () => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = Math.floor(random() * 256);
  return bytes;
}

function randomHex8(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}

/** A version 4 UUID from the host's seeded source. */
export function randomUuid(random: () => number): string {
  const hex = randomHex8(random) + randomHex8(random) + randomHex8(random) + randomHex8(random);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A text of letters and digits, for the suffixes that AWS puts on names. */
export function randomName(random: () => number, length: number): string {
  let name = '';
  for (let at = 0; at < length; at += 1) {
    name += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
  }
  return name;
}
