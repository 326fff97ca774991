import type { Invoice, StageTimes } from '#shared/invoices/domain/invoice.ts';
import { issueInvoice } from '#shared/invoices/domain/issue-invoice.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';

export const NOON = instantFromMs(Date.UTC(2026, 10, 22, 12));

export function at(seconds: number): Instant {
  return instantFromMs(Date.UTC(2026, 10, 22, 12, 0, seconds));
}

export const TIMES: StageTimes = {
  receivedAt: at(0),
  queuedAt: at(0),
  startedAt: at(0),
  committedAt: at(0),
};

export function statement(overrides: Partial<PaymentStatement> = {}): PaymentStatement {
  return {
    seller: 'school',
    gateway: 'tbank',
    paymentId: '8742591234',
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { authorised: 490_000n, captured: 490_000n },
    parts: [],
    currency: 'RUB',
    invoiceId: 'ord_72',
    test: false,
    ...overrides,
  };
}

export function refunded(
  total: bigint,
  overrides: Partial<PaymentStatement> = {},
): PaymentStatement {
  return statement({
    kind: 'refund.succeeded',
    totals: { authorised: 490_000n, captured: 490_000n, refunded: total },
    ...overrides,
  });
}

export function openInvoice(
  overrides: {
    total?: bigint;
    invoiceId?: string;
    payerId?: string;
    currency?: 'RUB' | 'EUR';
  } = {},
): Invoice {
  const {
    total = 490_000n,
    invoiceId = 'ord_72',
    payerId = 'payer_00000001',
    currency = 'RUB',
  } = overrides;
  return issueInvoice(
    {
      seller: 'school',
      invoiceId,
      payerId,
      currency,
      lines: [{ title: 'Course', amount: total, vatCode: '22' }],
    },
    (text) => text,
    at(0),
  ).invoice;
}
