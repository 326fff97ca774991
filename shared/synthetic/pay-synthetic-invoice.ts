import { tbankAccount } from '#shared/gateways/tbank/account.ts';
import { tokenOf } from '#shared/gateways/tbank/token.ts';
import { statusOf } from '#shared/invoices/domain/invoice.ts';
import { issueInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import type { InvoiceStore } from '#shared/invoices/ports.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { type Clock, elapsedMs, epochMs } from '#shared/kernel/time.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { OutboundFetch } from '#shared/platform/outbound/guarded-fetch.ts';

/** The seller of synthetic payments. Its money is apart from everybody's. */
export const SYNTHETIC_SELLER = 'synthetic';
const PAYER = 'payer_synthetic';
const AMOUNT_MINOR = 100n;
const MINUTE_MS = 60_000;
/** The promise's own limit: a synthetic payment that takes longer than this is an alarm. */
const PAID_WITHIN_MS = 10_000;

export type PaySyntheticInvoiceDeps = {
  readonly store: InvoiceStore;
  /** The T-Bank secret: accounts by seller. */
  readonly credentials: () => Promise<unknown>;
  readonly webhooksBaseUrl: string;
  readonly fetch: OutboundFetch;
  readonly metrics: Metrics;
  readonly clock: Clock;
};

/**
 * Pays one invoice a minute through the public door and looks at the one of the minute before.
 *
 * Looking at the last one instead of waiting for this one costs no running time and has no timer.
 */
export function createPaySyntheticInvoice(deps: PaySyntheticInvoiceDeps) {
  return async (): Promise<void> => {
    const minute = Math.floor(epochMs(deps.clock()) / MINUTE_MS);
    await lookAt(deps, `synthetic_${minute - 1}`);
    await pay(deps, `synthetic_${minute}`, minute);
  };
}

async function lookAt(
  { store, metrics }: PaySyntheticInvoiceDeps,
  invoiceId: string,
): Promise<void> {
  const invoice = await store.read({ seller: SYNTHETIC_SELLER, invoiceId });
  if (!invoice) return; // Nothing was paid a minute ago; that the job did not run has its own alarm.
  const tookMs = invoice.paidAt && elapsedMs(invoice.createdAt, invoice.paidAt);
  const isLate = statusOf(invoice) !== 'paid' || tookMs === undefined || tookMs > PAID_WITHIN_MS;
  metrics.add('SyntheticUnpaid', isLate ? 1 : 0, 'Count');
  if (tookMs !== undefined) metrics.add('SyntheticMs', tookMs, 'Milliseconds');
}

async function pay(
  deps: PaySyntheticInvoiceDeps,
  invoiceId: string,
  minute: number,
): Promise<void> {
  await deps.store.create(issueInvoice(requestFor(invoiceId), sha256, deps.clock()));
  const status = await notify(deps, invoiceId, minute);
  if (status === 200) return;
  // The door itself refused: do not wait a minute to say so.
  deps.metrics.add('SyntheticUnpaid', 1, 'Count');
}

function requestFor(invoiceId: string) {
  return {
    seller: SYNTHETIC_SELLER,
    invoiceId,
    payerId: PAYER,
    currency: 'RUB' as const,
    lines: [{ title: 'Synthetic payment', amount: AMOUNT_MINOR, vatCode: 'none' as const }],
  };
}

/** Sends a genuinely signed T-Bank notification of a captured payment. */
async function notify(
  deps: PaySyntheticInvoiceDeps,
  invoiceId: string,
  minute: number,
): Promise<number> {
  const { terminalKey, passwords } = accountOf(await deps.credentials());
  const fields = {
    TerminalKey: terminalKey,
    OrderId: invoiceId,
    Success: true,
    Status: 'CONFIRMED',
    PaymentId: String(minute),
    ErrorCode: '0',
    Amount: Number(AMOUNT_MINOR),
  };
  const [password] = passwords;
  invariant(password, 'the synthetic account has no password');
  const response = await deps.fetch(`${deps.webhooksBaseUrl}/webhooks/${SYNTHETIC_SELLER}/tbank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, Token: tokenOf(fields, password) }),
    signal: AbortSignal.timeout(PAID_WITHIN_MS),
  });
  await response.body?.cancel();
  return response.status;
}

function accountOf(secret: unknown) {
  invariant(typeof secret === 'object' && secret !== null, 'the T-Bank secret is not an object');
  const stored: unknown = Object.entries(secret).find(
    ([seller]) => seller === SYNTHETIC_SELLER,
  )?.[1];
  invariant(
    typeof stored === 'object' && stored !== null,
    `the T-Bank secret has no seller ${SYNTHETIC_SELLER}`,
  );
  return tbankAccount.parse({ ...stored, seller: SYNTHETIC_SELLER });
}
