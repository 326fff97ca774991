import * as z from 'zod';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { type Instant, isInstant } from '#shared/kernel/time.ts';
import {
  LIFECYCLES,
  type PaymentStatement,
  STATEMENT_KINDS,
  TOTALS,
} from '#shared/payments/domain/statement.ts';

/** Name and version of the one command that the payments queue carries. */
export const SETTLE_PAYMENT = 'payments.settle-payment.v1';

const instant = z
  .string()
  .refine(isInstant, 'must be a UTC moment')
  .transform((text) => text as Instant);
const currency = z
  .string()
  .refine(isCurrency, 'must be a known currency')
  .transform((text) => text as Currency);
// `z.coerce.bigint()` would read '' as zero; only plain digits are an amount.
const amount = z
  .string()
  .regex(/^\d{1,18}$/, 'must be digits')
  .transform(BigInt);
const name = z.string().min(1).max(128);

const statement = z.object({
  seller: name,
  gateway: name,
  paymentId: name,
  kind: z.enum(STATEMENT_KINDS),
  lifecycle: z.enum(LIFECYCLES),
  totals: z.partialRecord(z.enum(TOTALS), amount),
  parts: z.array(z.object({ total: z.enum(TOTALS), id: name, amount })).max(100),
  currency: currency.exactOptional(),
  invoiceId: name.exactOptional(),
  payerId: name.exactOptional(),
  failureReason: z.string().max(256).exactOptional(),
  needsReread: z
    .enum(['unsigned', 'total_not_stated', 'amount_not_stated', 'weak_signature'])
    .exactOptional(),
  test: z.boolean(),
  reportedAt: instant.exactOptional(),
});

/** A raw request, sealed at the door: only who may use the archive key can read it. */
export const sealedRaw = z.object({
  sha256: z.string().length(64),
  /** AES-256-GCM: nonce, ciphertext and tag, base64. */
  box: z.string(),
  /** The data key as KMS encrypted it, base64. */
  key: z.string(),
});
export type SealedRaw = z.infer<typeof sealedRaw>;

/** What the payments queue carries: one statement, the times so far, and the sealed raw request. */
export const settlePaymentCommand = z.object({
  command: z.literal(SETTLE_PAYMENT),
  statement,
  receivedAt: instant,
  raw: sealedRaw.exactOptional(),
});
export type SettlePaymentCommand = {
  readonly command: typeof SETTLE_PAYMENT;
  readonly statement: PaymentStatement;
  readonly receivedAt: Instant;
  readonly raw?: SealedRaw;
};

/** Writes the command as the text of a queue message. */
export function settlePaymentToWire(command: SettlePaymentCommand): string {
  return JSON.stringify(command, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** Reads the text of a queue message. Throws `ZodError` or `SyntaxError`: such a message is a bug or a forgery. */
export function settlePaymentFromWire(body: string): SettlePaymentCommand {
  return settlePaymentCommand.parse(JSON.parse(body));
}
