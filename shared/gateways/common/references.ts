/** Our invoice ids have this shape; `-2`, `-3` … marks further links of one invoice. */
const ORDER_REFERENCE = /^([A-Za-z0-9_]{1,30})(?:-[1-9]\d{0,5})?$/;

const PAYER_ID = /^payer_[A-Za-z0-9]{8,40}$/;

/**
 * The invoice that an order reference names.
 *
 * A reference of another shape is kept as it is: it matches no invoice, so its money waits in the
 * money-in inbox under the words that the payer's bank knows.
 */
export function invoiceIdFromReference(text: string): string {
  return ORDER_REFERENCE.exec(text)?.[1] ?? text;
}

/** Our opaque payer id, or nothing. Shops put e-mails and phones into these fields; those are dropped. */
export function payerIdOrNothing(text: string | undefined): string | undefined {
  return text !== undefined && PAYER_ID.test(text) ? text : undefined;
}
