import { jsonAnswer, valueAt } from './api-json.ts';
import type { ApiResponse } from './dialect.ts';
import type { SimulatedPayment } from './payment.ts';
import {
  captureObject,
  disputeObject,
  orderObject,
  type PaypalShop,
  paypalMoment,
  refundObject,
} from './paypal-wire.ts';

/** Everything that a merchant can look up. */
export function readPaypal(shop: PaypalShop, path: string, query: URLSearchParams): ApiResponse {
  const [, , , collection, id = ''] = path.split('/');
  if (path === '/v1/reporting/transactions') return report(shop, query);
  if (collection === 'disputes') return readDisputes(shop, id, query);
  if (collection === 'orders') {
    const payment = byId(shop, 'order', id);
    return payment ? jsonAnswer(200, orderObject(shop, payment)) : missing();
  }
  if (collection === 'captures') {
    const payment = shop.bank.find('paypal', shop.seller, id);
    const isMade = payment?.status === 'captured' || payment?.status === 'failed';
    return payment && isMade ? jsonAnswer(200, captureObject(shop, payment)) : missing();
  }
  const found = shop.bank
    .list('paypal', shop.seller)
    .flatMap((payment) => payment.refunds.map((made) => ({ payment, made })))
    .find(({ made }) => made.id === id);
  return found && collection === 'refunds'
    ? jsonAnswer(200, refundObject(shop, found.payment, found.made))
    : missing();
}

/** All cases about one transaction, in short, or one case. */
function readDisputes(shop: PaypalShop, id: string, query: URLSearchParams): ApiResponse {
  const all = shop.bank
    .list('paypal', shop.seller)
    .flatMap((payment) => payment.disputes.map((dispute) => ({ payment, dispute })));
  if (id !== '') {
    const found = all.find(({ dispute }) => dispute.id === id);
    return found ? jsonAnswer(200, disputeObject(found.payment, found.dispute)) : missing();
  }
  const transaction = query.get('disputed_transaction_id');
  const items = all
    .filter(({ payment }) => transaction === null || payment.id === transaction)
    .map(({ payment, dispute }) => {
      const {
        disputed_transactions: _,
        dispute_outcome: __,
        ...short
      } = disputeObject(payment, dispute);
      return short;
    });
  return jsonAnswer(200, { items, links: [] });
}

/** Transactions of a period: captures and, with negative amounts, refunds. */
function report(shop: PaypalShop, query: URLSearchParams): ApiResponse {
  const fromMs = Date.parse(query.get('start_date') ?? '');
  const toMs = Date.parse(query.get('end_date') ?? '');
  const isLonger = toMs - fromMs > 31 * 86_400_000;
  if (Number.isNaN(fromMs) || Number.isNaN(toMs) || isLonger) {
    return problem(400, 'INVALID_REQUEST', 'The period is wrong or longer than 31 days');
  }
  const details = shop.bank
    .list('paypal', shop.seller)
    .filter(
      ({ status, capturedAtMs = 0 }) =>
        status === 'captured' && capturedAtMs >= fromMs && capturedAtMs <= toMs,
    )
    .map((payment) => ({
      transaction_info: {
        transaction_id: payment.id,
        transaction_event_code: 'T0006',
        transaction_initiation_date: paypalMoment(payment.capturedAtMs ?? 0),
        transaction_amount: valueAt(captureObject(shop, payment), 'amount'),
        transaction_status: 'S',
        invoice_id: payment.reference,
        custom_field: payment.attached['custom_id'],
      },
    }));
  return jsonAnswer(200, {
    transaction_details: details,
    page: 1,
    total_pages: 1,
    total_items: details.length,
  });
}

export function byId(
  shop: PaypalShop,
  kind: 'order' | 'authorization',
  id: string,
): SimulatedPayment | undefined {
  return shop.bank.list('paypal', shop.seller).find(({ ids }) => ids[kind] === id);
}

export function missing(): ApiResponse {
  return problem(404, 'RESOURCE_NOT_FOUND', 'The specified resource does not exist.');
}

export function problem(status: number, name: string, message: string, issue = name): ApiResponse {
  return jsonAnswer(status, {
    name,
    message,
    debug_id: 'f00',
    details: [{ issue, description: message }],
  });
}
