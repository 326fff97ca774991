import {
  readPaymentOperation,
  refundPaymentOperation,
} from '#shared/operator-api/contracts/payments.ts';
import { isRejection, reject } from '#shared/operator-api/contracts/problem.ts';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { refundPayment } from '#shared/operator-api/usecases/refund-payment.ts';
import { answer, route } from '../route.ts';
import { paymentView } from '../views/payment-view.ts';

export function paymentRoutes(ports: OperatorApiPorts) {
  return [
    route(readPaymentOperation, async ({ params }) => {
      const payment = await ports.payments.read(params);
      if (!payment) return reject('payment.not_found');
      const afterCommit = await ports.payments.afterCommit(payment);
      return answer(200, paymentView(payment, afterCommit));
    }),

    route(refundPaymentOperation, async ({ params, body }) => {
      const ordered = await refundPayment(ports, params, body);
      if (isRejection(ordered)) return ordered;
      const { ticket, amount } = ordered;
      const { currency, minor } = amount;
      return answer(202, { ...ticket, amount: String(minor), currency });
    }),
  ];
}
