import type { Currency } from '#shared/kernel/currency.ts';
import type { Instant } from '#shared/kernel/time.ts';
import type { PaymentStatement, RereadReason } from '#shared/payments/domain/statement.ts';

type Told = Pick<
  PaymentStatement,
  'seller' | 'gateway' | 'paymentId' | 'kind' | 'lifecycle' | 'test'
> & {
  readonly totals?: PaymentStatement['totals'];
  readonly parts?: PaymentStatement['parts'];
  readonly currency?: Currency | undefined;
  readonly invoiceId?: string | undefined;
  readonly payerId?: string | undefined;
  readonly failureReason?: string | undefined;
  readonly needsReread?: RereadReason | undefined;
  readonly reportedAt?: Instant | undefined;
};

/** Builds a statement in which what is not known is absent, so that equal facts are equal objects. */
export function buildStatement(told: Told): PaymentStatement {
  const { seller, gateway, paymentId, kind, lifecycle, test } = told;
  const { currency, invoiceId, payerId, failureReason, needsReread, reportedAt } = told;
  return {
    seller,
    gateway,
    paymentId,
    kind,
    lifecycle,
    totals: told.totals ?? {},
    parts: told.parts ?? [],
    ...(currency !== undefined && { currency }),
    ...(invoiceId !== undefined && { invoiceId }),
    ...(payerId !== undefined && { payerId }),
    ...(failureReason !== undefined && { failureReason }),
    ...(needsReread !== undefined && { needsReread }),
    test,
    ...(reportedAt !== undefined && { reportedAt }),
  };
}
