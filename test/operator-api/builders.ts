import type { Invoice } from '#shared/invoices/domain/invoice.ts';
import { issueInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import type { Currency } from '#shared/kernel/currency.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { sha256 } from '#shared/ledger/adapters/journal-store.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { settlePayment, type Told } from '#shared/payments/domain/settle-group.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';

export const NOON = '2026-09-15T12:00:00.000Z' as Instant;
export const PAYER = 'payer_8f3k2m9q';

/** A moment some seconds from noon. */
export function at(seconds: number): Instant {
  return instantFromMs(Date.parse(NOON) + seconds * 1_000);
}

export function anInvoice(
  over: {
    invoiceId?: string;
    payerId?: string;
    total?: bigint;
    currency?: Currency;
    createdAt?: Instant;
  } = {},
): Invoice {
  const { invoiceId = 'INV_1001', payerId = PAYER, total = 490_000n, currency = 'RUB' } = over;
  const lines = [{ title: 'Subscription', amount: total, vatCode: '22' as const }];
  const request = { seller: 'shop', invoiceId, payerId, currency, lines };
  return issueInvoice(request, sha256, over.createdAt ?? NOON).invoice;
}

export function aStatement(over: Partial<PaymentStatement> = {}): PaymentStatement {
  return {
    seller: 'shop',
    gateway: 'yookassa',
    paymentId: 'pay-1',
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { authorised: 490_000n, captured: 490_000n },
    parts: [],
    currency: 'RUB',
    invoiceId: 'INV_1001',
    test: false,
    ...over,
  };
}

export function told(statement: PaymentStatement): Told {
  return {
    statement,
    report: { kind: statement.kind, at: at(1), sha256: 'a'.repeat(64), reread: false },
    times: {
      reportedAt: at(0),
      receivedAt: at(1),
      queuedAt: at(1.02),
      startedAt: at(1.05),
      committedAt: at(1.1),
    },
  };
}

/** What settlement makes of one statement and the invoice it finds, if it finds one. */
export function settled(
  over: Partial<PaymentStatement> = {},
  invoice?: Invoice,
): { payment: Payment; invoice: Invoice | undefined } {
  const statement = aStatement(over);
  const outcome = settlePayment(
    { stored: undefined, told: [told(statement)], payerIsKnown: false, bookedAt: at(1.1) },
    invoice,
  );
  if (outcome.result.outcome !== 'changed') throw new Error('the statement changed nothing');
  return { payment: outcome.result.after, invoice: outcome.invoice };
}

/** A payment whose money waits in the inbox. */
export function parked(over: Partial<PaymentStatement> = {}): Payment {
  return settled({ invoiceId: 'INV-9999', ...over }).payment;
}
