import { elapsedMs, type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { refuse } from '../common/refused.ts';
import { hmacHex, sameText, someSecretFits } from '../common/signatures.ts';

/** As Stripe's own libraries. Older messages are replays: each retry is signed anew. */
const TOLERANCE_MS = 300_000;

/** Verifies `Stripe-Signature` over the raw body, or refuses. */
export function verifySignature(
  header: string | undefined,
  body: Uint8Array,
  secrets: readonly string[],
  receivedAt: Instant,
): void {
  const { timestamp, signatures } = parsedHeader(header ?? '');
  if (timestamp === undefined || signatures.length === 0) {
    refuse('signature_missing', 'stripe-signature');
  }
  const signed = Buffer.concat([Buffer.from(`${timestamp}.`, 'utf8'), body]);
  const fits = someSecretFits(secrets, (secret) => {
    const expected = hmacHex('sha256', secret, signed);
    return signatures.some((signature) => sameText(expected, signature));
  });
  if (!fits) refuse('signature_mismatch', 'stripe-signature');
  const ageMs = elapsedMs(instantFromMs(Number(timestamp) * 1000), receivedAt);
  // Stripe's SDK takes any moment of the future; a clock that far off is no reason to believe.
  if (Math.abs(ageMs) > TOLERANCE_MS) refuse('timestamp_stale', 'stripe-signature');
}

/** `t=1795348800,v1=<hex>[,v1=<hex>][,v0=<hex>]`: several `v1` while a secret is rolled, `v0` is for tests. */
function parsedHeader(header: string) {
  const pairs = header.split(',').map((item) => {
    const at = item.indexOf('=');
    return { scheme: item.slice(0, Math.max(at, 0)).trim(), value: item.slice(at + 1).trim() };
  });
  const timestamp = pairs.find(({ scheme }) => scheme === 't')?.value;
  return {
    timestamp: timestamp !== undefined && /^\d{1,11}$/.test(timestamp) ? timestamp : undefined,
    signatures: pairs.filter(({ scheme }) => scheme === 'v1').map(({ value }) => value),
  };
}
