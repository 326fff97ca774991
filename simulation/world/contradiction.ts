import { instantFromMs } from '#shared/kernel/time.ts';
import { paymentItemKey } from '#shared/ledger/adapters/keys.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { type Draft, invoiceOf, paymentOf, plot } from './drafts.ts';
import type { PlannedPayment, Plot } from './story.ts';

type Fact = 'currency' | 'invoice' | 'payer';

/**
 * Somebody says of a known payment what cannot be true as well: another currency, invoice or payer.
 * It may neither be applied nor be lost: an operator must find it among the dead letters.
 */
export function contradiction(drawn: Draft): Plot {
  const draft = { ...drawn, isOnWire: drawn.world.dialects.length === 0 };
  const { choice, key } = draft;
  const about = choice.pick<Fact>(`${key}:contradicts`, ['currency', 'invoice', 'payer']);
  const invoice = invoiceOf(draft, { total: 40_000n, atMs: undefined });
  const { invoiceId, payerId } = invoice;
  const payment = paymentOf(draft, { invoiceId, ...(about === 'payer' && { payerId }) });
  const invoices = [invoice];
  if (payment.wire) return plot({ invoices, payments: [payment] });
  const { pk } = paymentItemKey(refOf(payment));
  const body = bodyOf({ ...statementOf(payment), ...LIES[about](payment) });
  return plot({
    invoices,
    payments: [payment],
    poison: [{ key: `${key}-contradicts`, body, onceStored: pk }],
  });
}

const LIES: Readonly<Record<Fact, (payment: PlannedPayment) => Partial<PaymentStatement>>> = {
  currency: ({ currency }) => ({ currency: currency === 'USD' ? 'EUR' : 'USD' }),
  invoice: ({ invoiceId }) => ({ invoiceId: `another_than_${invoiceId}` }),
  payer: ({ payerId }) => ({ payerId: `another_than_${payerId}` }),
};

function refOf({ seller, gateway, paymentId }: PlannedPayment) {
  return { seller, gateway: gateway.name, paymentId };
}

function statementOf(payment: PlannedPayment): PaymentStatement {
  return {
    ...refOf(payment),
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { captured: 77_777n },
    parts: [],
    test: false,
  };
}

function bodyOf(statement: PaymentStatement): string {
  const receivedAt = instantFromMs(Date.UTC(2026, 10, 22, 12));
  return settlePaymentToWire({ command: SETTLE_PAYMENT, statement, receivedAt });
}
