import * as z from 'zod';
import type { Currency } from '#shared/kernel/currency.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import type { Part, PaymentStatement } from '#shared/payments/domain/statement.ts';
import { parseAnswer, readAnswer } from '../common/api-call.ts';
import { buildStatement } from '../common/build-statement.ts';
import { currencyOf, decimalAmount, reference } from '../common/fields.ts';
import { invoiceIdFromReference } from '../common/references.ts';
import { type GatewayApi, GatewayDeclined, GatewayUnavailable } from '../gateway.ts';
import type { PaypalAccount } from './account.ts';
import { type AskPaypal, openPaypal } from './call.ts';
import {
  type Capture,
  capture,
  captureIdOf,
  type Dispute,
  dispute,
  disputeStanding,
  type money,
  orderOf,
  type Refund,
  refund,
} from './resources.ts';

const order = z.object({
  purchase_units: z.array(
    z.object({ payments: z.object({ refunds: z.array(refund).default([]) }).optional() }),
  ),
});

const disputeList = z.object({
  items: z.array(z.object({ dispute_id: reference })).default([]),
});

/** Only the re-read: the notifications of a capture prove too little without it. */
export const paypalApi: GatewayApi<PaypalAccount> = {
  async readPayment(account, request, deps) {
    const ask = await openPaypal(account, deps);
    const id = encodeURIComponent(request.paymentId);
    const told = parseAnswer('paypal', capture, await ask(`/v2/payments/captures/${id}`));
    const refunds = hasRefunds(told) ? await readRefunds(told, ask) : [];
    const disputes = account.disputes ? await readDisputes(id, ask) : [];
    return readAnswer('paypal', () => statementOf(account, told, [...refunds, ...disputes]));
  },
};

function hasRefunds({ status }: Capture): boolean {
  return status === 'REFUNDED' || status === 'PARTIALLY_REFUNDED';
}

/** A capture says that it was refunded, but not how much: its order lists the refunds. */
async function readRefunds(told: Capture, ask: AskPaypal): Promise<readonly Part[]> {
  const orderId = told.supplementary_data?.related_ids?.order_id;
  if (orderId === undefined) {
    throw new GatewayDeclined('order_unknown', 'paypal names no order that lists the refunds');
  }
  const path = `/v2/checkout/orders/${encodeURIComponent(orderId)}`;
  const { purchase_units } = parseAnswer('paypal', order, await ask(path));
  return readAnswer('paypal', () =>
    purchase_units
      .flatMap(({ payments }) => payments?.refunds ?? [])
      .filter((each) => captureIdOf(each) === told.id)
      .flatMap((each) => refundParts(each)),
  );
}

function refundParts(told: Refund): readonly Part[] {
  switch (told.status) {
    case 'COMPLETED':
      return partsOf(['refunded'], told.id, told.amount);
    case 'FAILED':
    case 'CANCELLED':
      return partsOf(['refunded', 'refundFailed'], told.id, told.amount);
    case 'PENDING':
      return [];
    default:
      throw new GatewayUnavailable('paypal answered an unknown refund status');
  }
}

async function readDisputes(captureId: string, ask: AskPaypal): Promise<readonly Part[]> {
  const list = await ask(`/v1/customer/disputes?disputed_transaction_id=${captureId}`);
  const parts: Part[] = [];
  for (const { dispute_id } of parseAnswer('paypal', disputeList, list).items) {
    const path = `/v1/customer/disputes/${encodeURIComponent(dispute_id)}`;
    const told = parseAnswer('paypal', dispute, await ask(path));
    parts.push(...readAnswer('paypal', () => disputeParts(told)));
  }
  return parts;
}

function disputeParts(told: Dispute): readonly Part[] {
  const { dispute_id: id, dispute_amount: amount } = told;
  switch (disputeStanding(told)) {
    case 'opened':
      return partsOf(['disputed'], id, amount);
    case 'won':
      return partsOf(['disputed', 'disputeWon'], id, amount);
    case 'lost':
      return partsOf(['disputed', 'disputeLost'], id, amount);
    default:
      throw new GatewayUnavailable('paypal answered an unknown dispute outcome');
  }
}

function partsOf(
  totals: readonly Part['total'][],
  id: string,
  told: z.infer<typeof money>,
): readonly Part[] {
  const { minor } = amountOf(told);
  return totals.map((total) => ({ total, id, amount: minor }));
}

function amountOf(told: z.infer<typeof money>): { minor: bigint; currency: Currency } {
  const currency = currencyOf(told.currency_code, 'amount.currency_code');
  return { minor: decimalAmount(told.value, currency, { field: 'amount.value' }), currency };
}

function statementOf(
  account: PaypalAccount,
  told: Capture,
  parts: readonly Part[],
): PaymentStatement {
  const { minor, currency } = amountOf(told.amount);
  const named = orderOf(told);
  return buildStatement({
    seller: account.seller,
    gateway: 'paypal',
    paymentId: told.id,
    ...stateOf(told.status, minor),
    parts,
    currency,
    invoiceId: named === undefined ? undefined : invoiceIdFromReference(named),
    test: account.test,
    reportedAt: told.create_time === undefined ? undefined : parseInstant(told.create_time),
  });
}

function stateOf(
  status: string,
  amount: bigint,
): Pick<PaymentStatement, 'kind' | 'lifecycle' | 'totals'> {
  switch (status) {
    case 'COMPLETED':
      return {
        kind: 'payment.captured',
        lifecycle: 'captured',
        totals: { authorised: amount, captured: amount },
      };
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return {
        kind: 'refund.succeeded',
        lifecycle: 'captured',
        totals: { authorised: amount, captured: amount },
      };
    case 'PENDING':
      return { kind: 'payment.pending', lifecycle: 'pending', totals: {} };
    case 'DECLINED':
    case 'FAILED':
      return { kind: 'payment.failed', lifecycle: 'failed', totals: {} };
    default:
      throw new GatewayUnavailable('paypal answered an unknown capture status');
  }
}
