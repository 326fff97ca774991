import { invariant } from '#shared/kernel/invariant.ts';
import { elapsedMs, type Instant } from '#shared/kernel/time.ts';
import {
  allocatePaymentOperation,
  listInboxOperation,
} from '#shared/operator-api/contracts/inbox.ts';
import {
  type FieldError,
  isRejection,
  type Rejection,
  reject,
} from '#shared/operator-api/contracts/problem.ts';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { type ParkedPayment, readInbox } from '#shared/operator-api/usecases/read-inbox.ts';
import { paymentKey } from '#shared/payments/domain/payment.ts';
import type { AllocationRefusal } from '#shared/payments/usecases/resettle-payments.ts';
import { nextCursorOf, pageRequest } from '../paging.ts';
import { invalid } from '../problems.ts';
import { answer, route } from '../route.ts';
import { paymentView } from '../views/payment-view.ts';

export function inboxRoutes(ports: OperatorApiPorts) {
  return [
    route(listInboxOperation, async ({ query }) => {
      const scope = { listing: 'inbox', filters: [query.seller] };
      const page = pageRequest(scope, query);
      if (isRejection(page)) return page;
      const { rows, next } = await readInbox(ports, query.seller, page);
      const now = ports.now();
      const payments = rows.map((row) => parkedView(row, now));
      return answer(200, { payments, ...nextCursorOf(scope, next) });
    }),

    route(allocatePaymentOperation, async ({ params, body, caller }) => {
      const outcome = await ports.payments.allocate(params, body.invoiceId, caller.sub);
      if ('refused' in outcome) return rejectionOf(outcome.refused);
      const afterCommit = await ports.payments.afterCommit(outcome.payment);
      return answer(200, paymentView(outcome.payment, afterCommit));
    }),
  ];
}

/** What is wrong with the chosen invoice points at the field that chose it. */
function rejectionOf(refused: AllocationRefusal): Rejection {
  switch (refused) {
    case 'payment.unknown':
      return reject('payment.not_found');
    case 'payment.not_parked':
      return reject('payment.not_parked');
    case 'invoice.already_paid':
      return reject('invoice.nothing_due');
    case 'invoice.unknown':
      return invalid('invoice.unknown', [atInvoiceId('names no invoice of this seller')]);
    case 'invoice.currency_mismatch':
      return invalid('invoice.currency_mismatch', [
        atInvoiceId('names an invoice in another currency than the payment'),
      ]);
    default:
      return refused satisfies never;
  }
}

function atInvoiceId(message: string): FieldError {
  return { in: 'body', path: '/invoiceId', message };
}

function parkedView({ payment, suggestions }: ParkedPayment, now: Instant) {
  const { seller, gateway, paymentId, currency, invoiceId, payerId, parkedAt, allocation } =
    payment;
  const { parked, parkReason } = allocation;
  invariant(
    currency !== undefined && parkedAt !== undefined && parkReason !== undefined,
    `parked payment ${paymentKey(payment)} has no currency, moment or reason`,
  );
  return {
    seller,
    gateway,
    paymentId,
    amount: String(parked),
    currency,
    reason: parkReason,
    since: parkedAt,
    ageSeconds: ageSeconds(parkedAt, now),
    ...(invoiceId !== undefined && { invoiceId }),
    ...(payerId !== undefined && { payerId }),
    suggestions: suggestions.map(({ due, why, ...rest }) => ({
      ...rest,
      due: String(due),
      why: [...why],
    })),
  };
}

/** Never negative: another machine's clock may be a little ahead of this one. */
function ageSeconds(since: Instant, now: Instant): number {
  return Math.max(0, Math.floor(elapsedMs(since, now) / 1_000));
}
