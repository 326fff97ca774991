import { describe, expect, it } from 'vitest';
import { adyen } from '#shared/gateways/adyen/index.ts';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { noTotals } from './matchers.ts';
import { NOW, noFetch } from './request.ts';
import {
  type AdyenFields,
  adyenAccountWith,
  adyenBatch,
  adyenEvent,
  adyenItem,
  PSP_REFERENCE,
} from './signers/adyen.ts';

const KEY = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
const automatic = adyenAccountWith([KEY]);
const account = { ...automatic, capture: 'manual' } as const;
const receive = (request: RawRequest, as: typeof automatic = account) =>
  adyen.receive(request, as, { fetch: noFetch, now: () => NOW });

const told = async (fields: AdyenFields, as: typeof automatic = account) => {
  const reception = await receive(adyenEvent(fields, KEY), as);
  return reception.outcome === 'statements' ? reception.statements[0] : reception;
};
/** An operation on the payment, with an id of its own. */
const operation = { pspReference: 'op-1', originalReference: PSP_REFERENCE, value: '500' };
const part = (total: string) => ({ total, id: 'op-1', amount: 500n });

describe('events', () => {
  it.each([
    ['CAPTURE', 'payment.captured', 'captured', [part('captured')]],
    [
      'CAPTURE_FAILED',
      'payment.capture_reversed',
      'captured',
      [part('captured'), part('captureReversed')],
    ],
    ['CANCELLATION', 'payment.cancelled', 'cancelled', []],
    ['TECHNICAL_CANCEL', 'payment.cancelled', 'cancelled', []],
    ['EXPIRE', 'payment.expired', 'cancelled', []],
    ['CANCEL_OR_REFUND', 'refund.succeeded', 'cancelled', [part('refunded')]],
    ['REFUND', 'refund.succeeded', 'captured', [part('refunded')]],
    ['REFUND_FAILED', 'refund.failed', 'captured', [part('refunded'), part('refundFailed')]],
    ['REFUNDED_REVERSED', 'refund.failed', 'captured', [part('refunded'), part('refundFailed')]],
    ['NOTIFICATION_OF_CHARGEBACK', 'dispute.opened', 'captured', [part('disputed')]],
    ['CHARGEBACK', 'dispute.opened', 'captured', [part('disputed')]],
    ['CHARGEBACK_REVERSED', 'dispute.won', 'captured', [part('disputed'), part('disputeWon')]],
    ['PREARBITRATION_WON', 'dispute.won', 'captured', [part('disputed'), part('disputeWon')]],
    ['SECOND_CHARGEBACK', 'dispute.lost', 'captured', [part('disputed'), part('disputeLost')]],
    ['PREARBITRATION_LOST', 'dispute.lost', 'captured', [part('disputed'), part('disputeLost')]],
  ])('reads %s as %s of the original payment', async (eventCode, kind, lifecycle, parts) => {
    expect(await told({ ...operation, eventCode })).toMatchObject({
      paymentId: PSP_REFERENCE,
      kind,
      lifecycle,
      parts,
      totals: noTotals,
      currency: 'EUR',
      invoiceId: 'inv_72',
      reportedAt: '2026-11-20T09:15:31.000Z',
    });
  });

  it('takes an authorisation for money only where Adyen captures by itself', async () => {
    expect(await told({})).toMatchObject({
      kind: 'payment.authorised',
      lifecycle: 'authorised',
      totals: { authorised: 490_000n },
    });
    expect(await told({}, automatic)).toMatchObject({
      kind: 'payment.captured',
      totals: { authorised: 490_000n, captured: 490_000n },
    });
    const adjustment = { ...operation, eventCode: 'AUTHORISATION_ADJUSTMENT', value: '700' };
    expect(await told(adjustment)).toMatchObject({ totals: { authorised: 700n } });
  });

  it('takes back what it called captured when the payment is cancelled after all', async () => {
    const cancellation = { ...operation, eventCode: 'CANCELLATION' };
    expect(await told(cancellation, automatic)).toMatchObject({
      totals: { captureReversed: 500n },
    });
    for (const eventCode of ['CANCELLATION', 'CANCEL_OR_REFUND']) {
      const silent = { ...operation, eventCode, value: '0' };
      expect(await told(silent, automatic)).toMatchObject({ refusal: 'amount_invalid' });
      expect(await told(silent, account)).toMatchObject({ lifecycle: 'cancelled', parts: [] });
    }
  });

  it('reads a refused payment without its reason, which nobody signed', async () => {
    const statement = await told({ success: 'false', reason: '033899:1111:03/2030' });
    expect(statement).toMatchObject({
      kind: 'payment.failed',
      lifecycle: 'failed',
      totals: noTotals,
    });
    expect(statement).not.toHaveProperty('failureReason');
  });

  it('reads a refund that was refused as one that failed', async () => {
    const refund = { ...operation, eventCode: 'REFUND', success: 'false' };
    expect(await told(refund)).toMatchObject({
      kind: 'refund.failed',
      parts: [part('refunded'), part('refundFailed')],
    });
  });

  it.each(['CAPTURE', 'CANCELLATION', 'CANCEL_OR_REFUND', 'AUTHORISATION_ADJUSTMENT'])(
    'ignores a refused %s: nothing changed',
    async (eventCode) => {
      expect(await told({ ...operation, eventCode, success: 'false' })).toMatchObject({
        outcome: 'ignored',
      });
    },
  );

  it.each([
    'REPORT_AVAILABLE',
    'RECURRING_CONTRACT',
    'PENDING',
    'OFFER_CLOSED',
    'ORDER_OPENED',
    'ORDER_CLOSED',
    'REQUEST_FOR_INFORMATION',
    'INFORMATION_SUPPLIED',
    'NOTIFICATION_OF_FRAUD',
    'DISPUTE_DEFENSE_PERIOD_ENDED',
    'ISSUER_COMMENTS',
    'MANUAL_REVIEW_ACCEPT',
    'MANUAL_REVIEW_REJECT',
    'POSTPONED_REFUND',
  ])('ignores %s, in whatever currency', async (eventCode) => {
    expect(await told({ eventCode, value: '0', currency: 'XXX' })).toMatchObject({
      outcome: 'ignored',
      acknowledgement: { status: 202, body: '' },
    });
  });

  it('counts amounts as ISO does where Adyen has digits of its own', async () => {
    const amount = async (currency: string, value: string) => {
      const statement = await told({ currency, value });
      return statement && 'totals' in statement ? statement.totals.authorised : statement;
    };
    expect(await amount('CLP', '500000')).toBe(5_000n);
    expect(await amount('ISK', '50000')).toBe(500n);
    expect(await amount('IDR', '500')).toBe(50_000n);
    expect(await amount('JPY', '500')).toBe(500n);
    expect(await amount('KWD', '500')).toBe(500n);
    expect(await amount('CLP', '500050')).toMatchObject({ refusal: 'amount_invalid' });
    expect(await amount('IDR', '1000000000000000')).toMatchObject({ refusal: 'amount_invalid' });
    expect(await amount('ZZZ', '500')).toMatchObject({ refusal: 'currency_unknown' });
  });
});

describe('the batch', () => {
  const refund = adyenItem({ ...operation, eventCode: 'REFUND' }, KEY);
  const report = adyenItem({ eventCode: 'REPORT_AVAILABLE', value: '0' }, KEY);

  it('gives a statement for each item that moves money', async () => {
    expect(await receive(adyenBatch([adyenItem({}, KEY), report, refund]))).toMatchObject({
      statements: [{ kind: 'payment.authorised' }, { kind: 'refund.succeeded' }],
    });
  });

  it('is refused as a whole when one item is not believed', async () => {
    const forged = adyenItem({ value: '1' }, '00'.repeat(32));
    const unsigned = refund.replace('hmacSignature', 'other');
    expect(await receive(adyenBatch([refund, forged]))).toMatchObject({
      refusal: 'signature_mismatch',
      acknowledgement: { status: 401 },
    });
    expect(await receive(adyenBatch([refund, unsigned]))).toMatchObject({
      refusal: 'signature_missing',
    });
    expect(await receive(adyenBatch([]))).toMatchObject({ refusal: 'field_invalid' });
  });

  it('refuses another merchant account, and tests on a live account', async () => {
    const other = adyenEvent({ merchantAccountCode: 'Other' }, KEY);
    expect(await receive(other)).toMatchObject({ refusal: 'account_mismatch' });
    expect(await receive(adyenBatch([refund], 'false'))).toMatchObject({ refusal: 'test_message' });
    expect(await receive(adyenBatch([refund], 'false'), { ...account, test: true })).toMatchObject({
      statements: [{ test: true }],
    });
  });

  it('does not let a colon move a border between signed fields', async () => {
    const moved = { pspReference: `${PSP_REFERENCE}:`, originalReference: undefined };
    const item = adyenItem({}, KEY).replace(
      `"pspReference":"${PSP_REFERENCE}"`,
      `"pspReference":"${moved.pspReference}"`,
    );
    expect(await receive(adyenBatch([item]))).toMatchObject({ refusal: 'field_invalid' });
    const reference = await told({ merchantReference: 'a:b:c' });
    expect(reference).toMatchObject({ invoiceId: 'a:b:c' });
  });

  it('takes a key that is no hex for no key', async () => {
    expect(await receive(adyenEvent({}, 'zz'), { ...account, secrets: ['zz', ''] })).toMatchObject({
      refusal: 'signature_mismatch',
    });
  });

  it('insists on basic authentication where the operator has set it', async () => {
    const basicAuth = { user: 'hook', passwords: ['new', 'old'] };
    const request = adyenEvent({}, KEY);
    const withAuth = (text: string) => ({
      ...request,
      headers: {
        ...request.headers,
        authorization: `Basic ${Buffer.from(text).toString('base64')}`,
      },
    });
    const guarded = { ...account, basicAuth };
    expect(await receive(request, guarded)).toMatchObject({ refusal: 'signature_missing' });
    expect(await receive(withAuth('hook:bad'), guarded)).toMatchObject({
      refusal: 'signature_mismatch',
    });
    expect(await receive(withAuth('hook:old'), guarded)).toMatchObject({ outcome: 'statements' });
  });
});
