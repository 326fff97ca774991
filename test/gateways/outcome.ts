import type { Reception } from '#shared/gateways/gateway.ts';
import type { PaymentStatement, Total } from '#shared/payments/domain/statement.ts';
import type { Kit } from './kit.ts';
import { NOW, recordingFetch } from './request.ts';
import type { Sample } from './samples.ts';

/** The samples' words for what Priliv calls otherwise. */
const KINDS: Readonly<Record<string, string>> = {
  'payment.succeeded': 'payment.captured',
  'payment.authorized': 'payment.authorised',
  'payment.canceled': 'payment.cancelled',
};

/** Samples that say nothing about the money of a payment. */
const WITHOUT_MONEY = new Set(['receipt.registered', 'method.saved']);

/** Which total the amount of a sample is. */
const TOTAL_OF_KIND: Readonly<Record<string, Total>> = {
  'payment.authorised': 'authorised',
  'payment.captured': 'captured',
  'payment.cancelled': 'voided',
  'refund.succeeded': 'refunded',
  'dispute.opened': 'disputed',
};

const REFUSED = ['signature_missing', 'signature_mismatch', 'account_mismatch', 'timestamp_stale'];

/** Compares a reception with a sample: `as expected`, or what is wrong. */
export async function outcomeOfSample(
  kit: Kit,
  sample: Sample,
  reception: Reception,
): Promise<string> {
  const { expected } = sample;
  // An unsigned lie is received like the truth; that the truth is read in its place is the point.
  if (!expected.verified && !sample.refetch) {
    const isRefused = reception.outcome === 'refused' && REFUSED.includes(reception.refusal);
    return isRefused && reception.acknowledgement.status >= 400 ? 'as expected' : 'not refused';
  }
  if (reception.outcome === 'refused') return `${reception.refusal} ${reception.detail}`;
  if (reception.outcome === 'question') return 'a question';
  const { status, body } = reception.acknowledgement;
  if (status !== sample.ack.status || body !== sample.ack.body) return `answered ${status} ${body}`;
  if (WITHOUT_MONEY.has(expected.kind ?? '')) {
    return reception.outcome === 'ignored' ? 'as expected' : 'not ignored';
  }
  if (reception.outcome === 'ignored') return `ignored: ${reception.because}`;
  const [statement] = reception.statements;
  return statement ? compare(kit, sample, statement) : 'no statement';
}

async function compare(kit: Kit, sample: Sample, told: PaymentStatement): Promise<string> {
  const { expected } = sample;
  if (told.paymentId !== expected.paymentId) return `paymentId ${told.paymentId}`;
  if (told.needsReread && Object.keys(told.totals).length + told.parts.length > 0) {
    return 'money before the re-read';
  }
  if (!sample.refetch) {
    if (expected.needsRefetch && !told.needsReread) return 'no re-read';
    return facts(expected, told);
  }
  if (told.needsReread !== 'unsigned') return 'unsigned and believed';
  const read = await kit.gateway.api.readPayment?.(
    kit.accountOfSample(sample.config),
    { paymentId: told.paymentId, captured: 0n },
    { fetch: refetch(sample), now: () => NOW },
  );
  if (!read) return 'cannot be re-read';
  return facts(truthOf(sample), { ...read, kind: told.kind });
}

/** Answers with the recorded object; for a refund with its payment, which is what is asked for. */
function refetch(sample: Sample): typeof fetch {
  const answer = sample.refetch?.body ?? '';
  if (!sample.expected.refundId) return recordingFetch(() => ({ body: answer })).fetch;
  const refund = JSON.parse(answer);
  const payment = {
    id: refund.payment_id,
    status: 'succeeded',
    amount: { value: '4900.00', currency: 'RUB' },
    refunded_amount: refund.amount,
    recipient: { account_id: sample.config['shopId'] },
  };
  return recordingFetch(() => ({ body: payment })).fetch;
}

/** What must come out of a sample; of a forged one, what its API answer says. */
function truthOf({ expected }: Sample): Sample['expected'] {
  if (expected.verified) return expected;
  return {
    ...expected,
    kind: 'payment.succeeded',
    amount: 490_000,
    currency: 'RUB',
    orderId: 'ord_72',
  };
}

function facts(expected: Sample['expected'], told: PaymentStatement): string {
  const kind = KINDS[expected.kind ?? ''] ?? expected.kind ?? '';
  if (told.kind !== kind) return `kind ${told.kind}`;
  if (expected.currency && told.currency !== expected.currency) return `currency ${told.currency}`;
  if (!expected.currency && told.currency) return `currency ${told.currency} out of nowhere`;
  if (expected.orderId && told.invoiceId !== expected.orderId) return `invoice ${told.invoiceId}`;
  if (expected.test && !told.test) return 'not marked as a test';
  if (expected.reason && told.failureReason !== expected.reason) return `${told.failureReason}`;
  return told.needsReread ? 'as expected' : amounts(expected, kind, told);
}

function amounts(expected: Sample['expected'], kind: string, told: PaymentStatement): string {
  const total = TOTAL_OF_KIND[kind];
  if (!total) {
    return Object.keys(told.totals).length === 0 ? 'as expected' : 'money of nothing';
  }
  if (expected.amount === null) return 'as expected';
  const id = expected.refundId ?? expected.disputeId;
  const part = told.parts.find((each) => each.total === total && each.id === id);
  const amount = part?.amount ?? told.totals[total];
  return amount === BigInt(expected.amount) ? 'as expected' : `${total} ${amount}`;
}
