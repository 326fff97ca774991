import { describe, expect, it } from 'vitest';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { isSafeText } from '#shared/kernel/text.ts';
import type { Kit } from '#test/gateways/kit.ts';
import { NOW, noFetch } from '#test/gateways/request.ts';
import { paypalDispute, paypalEvent, paypalKit } from '#test/gateways/signers/paypal.ts';
import { stripeEvent, stripeIntent, stripeKit } from '#test/gateways/signers/stripe.ts';
import { signedTbank, tbankKit } from '#test/gateways/signers/tbank.ts';

/** What fuzzing has found, each with its smallest message. */

function receive({ gateway, account, secrets }: Kit, request: RawRequest) {
  return gateway.receive(request, account(secrets), { fetch: noFetch, now: () => NOW });
}

describe('a Stripe event', () => {
  const [secret] = stripeKit.secrets;

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'whose status is called %s has an unknown status, and not a function for its lifecycle',
    async (status) => {
      const intent = JSON.parse(JSON.stringify(stripeIntent({ status })));
      const request = stripeEvent('payment_intent.succeeded', intent, secret);
      expect(await receive(stripeKit, request)).toMatchObject({ refusal: 'status_unknown' });
    },
  );

  it.each([999_999_999_999_999, -999_999_999_999_999, 253_402_300_800, -62_167_219_201])(
    'of the moment %i is refused: acknowledged, its message would be dead in the queue',
    async (created) => {
      const request = stripeEvent('payment_intent.succeeded', stripeIntent(), secret, { created });
      expect(await receive(stripeKit, request)).toMatchObject({
        refusal: 'field_invalid',
        detail: 'created',
      });
    },
  );

  it.each([253_402_300_799, -62_167_219_200, 0])('of the moment %i is read', async (created) => {
    const request = stripeEvent('payment_intent.succeeded', stripeIntent(), secret, { created });
    expect(await receive(stripeKit, request)).toMatchObject({ outcome: 'statements' });
  });
});

describe('a PayPal dispute', () => {
  const about = (count: number) =>
    receive(
      paypalKit,
      paypalEvent(
        'CUSTOMER.DISPUTE.CREATED',
        paypalDispute({
          disputed_transactions: Array.from({ length: count }, (_, at) => ({
            seller_transaction_id: `capture-${at}`,
          })),
        }),
        paypalKit.secrets[0],
      ),
    );

  it('about more payments than any dispute has does not become a thousand queue messages', async () => {
    expect(await about(101)).toMatchObject({ refusal: 'field_invalid' });
    expect(await about(100)).toMatchObject({ outcome: 'statements' });
  });
});

describe('an id with a character that a queue does not take', () => {
  it.each(['\ufffe', '\uffff', 'ord_\uffff72'])(
    'is refused and not asked for again for ever',
    async (id) => {
      expect(isSafeText(id)).toBe(false);
      const request = signedTbank({ OrderId: JSON.stringify(id) }, tbankKit.secrets[0]);
      expect(await receive(tbankKit, request)).toMatchObject({
        refusal: 'field_invalid',
        detail: 'OrderId',
      });
    },
  );
});
