import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GATEWAYS } from '#local/acquirers/payment.ts';
import { type Acquirers, startAcquirers } from '#local/acquirers/server.ts';
import { tbankToken } from '#local/acquirers/tbank-wire.ts';
import { seeded } from './world.ts';

type Got = { readonly path: string; readonly body: string };

/** A merchant's endpoint that answers every gateway as it wants to be answered. */
class Shop {
  readonly got: Got[] = [];
  answer = (path: string, body: string) => {
    if (path.includes('/tbank')) return 'OK';
    if (path.includes('/cloudpayments')) return '{"code":0}';
    if (path.includes('/robokassa')) return `OK${new URLSearchParams(body).get('InvId')}`;
    return '';
  };
  readonly #server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const path = incoming.url ?? '';
      const body = Buffer.concat(chunks).toString('utf8');
      this.got.push({ path, body });
      outgoing.end(this.answer(path, body));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null
      ? `http://127.0.0.1:${address.port}`
      : '';
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let shop: Shop;
let acquirers: Acquirers;
let cloudUrl: string;

beforeEach(async () => {
  shop = new Shop();
  cloudUrl = await shop.start();
  const webhooksBaseUrl = cloudUrl;
  acquirers = await startAcquirers({
    webhooksBaseUrl,
    random: seeded(11),
    seller: 'acme',
    timeScale: 0,
  });
});

afterEach(async () => {
  await acquirers.stop();
  await shop.stop();
});

const order = {
  invoiceId: 'inv_1',
  payerId: 'payer_AbCd1234',
  amountMinor: 490_000n,
  currency: 'RUB',
};

/** A link as the product gets it: here through YooKassa's API. */
async function linkOf(returnUrl = 'https://shop.example/', capture = true): Promise<string> {
  const { apiBaseUrl, shopId, secrets } = acquirers.credentials('yookassa') as {
    apiBaseUrl: string;
    shopId: string;
    secrets: string[];
  };
  const response = await fetch(`${apiBaseUrl}/payments`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${shopId}:${secrets[0]}`).toString('base64')}`,
      'idempotence-key': 'k1',
    },
    body: JSON.stringify({
      amount: { value: '4900.00', currency: 'RUB' },
      capture,
      confirmation: { type: 'redirect', return_url: returnUrl },
      description: '<script>alert(1)</script>',
      metadata: { order_id: 'inv_1' },
    }),
  });
  const answer = (await response.json()) as { confirmation: { confirmation_url: string } };
  return answer.confirmation.confirmation_url;
}

function press(url: string, action: string): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams({ action, lang: 'ru' }) });
}

describe('the simulated gateways as a server', () => {
  it.each(GATEWAYS)('deliver a plain payment of %s and have it acknowledged', async (gateway) => {
    const paid = await acquirers.pay({ ...order, gateway, scenario: 'plain' });
    await acquirers.drained();
    expect(paid).toMatchObject({ outcome: 'paid', settledMinor: 490_000n, invoiceId: 'inv_1' });
    const promised = acquirers.deliveries().filter(({ paymentId }) => paymentId === paid.paymentId);
    expect(promised.length).toBeGreaterThan(0);
    expect(
      promised.every(({ state, attempts }) => state === 'acknowledged' && attempts === 1),
    ).toBe(true);
    const paths = shop.got.map(({ path }) => path.split('?')[0]);
    expect(paths.every((path) => path?.startsWith(`/webhooks/acme/${gateway}`))).toBe(true);
  });

  it('run every scenario of every gateway to an acknowledged end', async () => {
    for (const gateway of GATEWAYS) {
      for (const scenario of acquirers.scenariosOf(gateway)) {
        if (scenario !== 'lost') await acquirers.pay({ ...order, gateway, scenario });
      }
    }
    await acquirers.drained();
    const states = new Set(acquirers.deliveries().map(({ state }) => state));
    expect([...states]).toEqual(['acknowledged']);
    const waiting = acquirers.stats().map((stats) => stats.waiting);
    expect(waiting).toEqual(GATEWAYS.map(() => 0));
  });

  it('ask before they charge at CloudPayments, and take a no', async () => {
    shop.answer = (path) => (path.endsWith('/check') ? '{"code":12}' : '{"code":0}');
    const paid = await acquirers.pay({ ...order, gateway: 'cloudpayments', scenario: 'plain' });
    expect(paid).toMatchObject({ outcome: 'refused', settledMinor: 0n });
    expect(shop.got.map(({ path }) => path)).toEqual(['/webhooks/acme/cloudpayments/check']);
  });

  it('refuse a scenario that the gateway does not have', async () => {
    const wish = { ...order, gateway: 'prodamus', scenario: 'partial_refund' } as const;
    await expect(acquirers.pay(wish)).rejects.toThrow('prodamus cannot do this scenario');
  });

  it('answer nothing while cut off, and deliver everything afterwards', async () => {
    acquirers.outage('yookassa', true);
    await acquirers.pay({ ...order, gateway: 'yookassa', scenario: 'plain' });
    const { apiBaseUrl } = acquirers.credentials('yookassa') as { apiBaseUrl: string };
    await expect(fetch(`${apiBaseUrl}/payments`)).rejects.toThrow();
    expect(shop.got).toEqual([]);
    expect(acquirers.stats().find(({ isOut }) => isOut)?.gateway).toBe('yookassa');

    acquirers.outage('yookassa', false);
    await acquirers.drained();
    expect(shop.got).toHaveLength(1);
    expect((await fetch(`${apiBaseUrl}/payments`)).status).toBe(401);
  });

  it('try again when the cloud restarts on another port', async () => {
    await shop.stop();
    await acquirers.pay({ ...order, gateway: 'tbank', scenario: 'plain' });
    await acquirers.quiet();
    expect(acquirers.deliveries().map(({ lastAnswer }) => lastAnswer)).toEqual([
      'ECONNREFUSED',
      'ECONNREFUSED',
    ]);
    shop = new Shop();
    acquirers.deliverTo(await shop.start());
    await acquirers.drained();
    expect(acquirers.deliveries().every(({ state }) => state === 'acknowledged')).toBe(true);
  });

  it('keep the shops of two sellers apart', async () => {
    const own = acquirers.credentials('tbank');
    const other = acquirers.credentials('tbank', 'umbrella');
    expect(other).toMatchObject({ seller: 'umbrella' });
    expect(other['passwords']).not.toEqual(own['passwords']);
    const paid = await acquirers.pay({
      ...order,
      seller: 'umbrella',
      gateway: 'tbank',
      scenario: 'plain',
    });
    expect(acquirers.payment('tbank', paid.paymentId)).toBeUndefined();
    expect(acquirers.payment('tbank', paid.paymentId, 'umbrella')?.capturedMinor).toBe(490_000n);
    await acquirers.drained();
    expect(shop.got.every(({ path }) => path.startsWith('/webhooks/umbrella/tbank'))).toBe(true);
  });

  it('show a page on which a person pays, in Russian and in English', async () => {
    const url = await linkOf();
    const page = await (await fetch(url)).text();
    expect(page).toContain('4900.00 RUB');
    expect(page).toContain('Оплатить');
    expect(page).not.toContain('<script>');
    expect(await (await fetch(url, { headers: { 'accept-language': 'en-GB' } })).text()).toContain(
      '>Pay<',
    );

    const after = await (await press(url, 'pay')).text();
    expect(after).toContain('Оплачено');
    expect(after).toContain('href="https://shop.example/"');
    await press(url, 'pay');
    await acquirers.drained();
    expect(shop.got.map(({ body }) => JSON.parse(body).event)).toEqual(['payment.succeeded']);
  });

  it('report to the address of an order when it leads to the same cloud, and never to a stranger', async () => {
    const { apiBaseUrl, terminalKey, passwords } = acquirers.credentials('tbank') as {
      apiBaseUrl: string;
      terminalKey: string;
      passwords: string[];
    };
    const pay = async (OrderId: string, NotificationURL: string) => {
      const init = {
        TerminalKey: terminalKey,
        Amount: 100,
        OrderId,
        PayType: 'T',
        NotificationURL,
      };
      const body = JSON.stringify({ ...init, Token: tbankToken(init, passwords[0] ?? '') });
      const response = await fetch(`${apiBaseUrl}/Init`, { method: 'POST', body });
      const { PaymentURL: url } = (await response.json()) as { PaymentURL: string };
      await press(url, 'pay');
      await acquirers.drained();
    };
    await pay('a', `${cloudUrl}/webhooks/acme/tbank?from=order`);
    await pay('b', 'http://127.0.0.1:9/webhooks');
    await pay('c', `${cloudUrl}.example/webhooks`);
    const own = '/webhooks/acme/tbank';
    expect(shop.got.map(({ path }) => path)).toEqual([`${own}?from=order`, own, own]);
  });

  it('offer no way back that is not an address of the web', async () => {
    const url = await linkOf('javascript:alert(1)');
    expect(await (await press(url, 'pay')).text()).not.toContain('javascript:');
  });

  it('hold the amount of a two-stage order, and decline when the bank does', async () => {
    const held = await linkOf('https://shop.example/', false);
    expect(await (await press(held, 'pay')).text()).toContain('Сумма заморожена');
    await acquirers.drained();
    expect(JSON.parse(shop.got[0]?.body ?? '').event).toBe('payment.waiting_for_capture');
  });

  it('take each try at CloudPayments for a payment of its own', async () => {
    const { apiBaseUrl, publicId, secrets } = acquirers.credentials('cloudpayments') as {
      apiBaseUrl: string;
      publicId: string;
      secrets: string[];
    };
    const response = await fetch(`${apiBaseUrl}/orders/create`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${publicId}:${secrets[0]}`).toString('base64')}`,
      },
      body: new URLSearchParams({ Amount: '4900.00', Currency: 'RUB', InvoiceId: 'inv_1' }),
    });
    const { Model: link } = (await response.json()) as { Model: { Url: string } };
    expect(await (await press(link.Url, 'decline')).text()).toContain('Попробовать ещё раз');
    expect(await (await press(link.Url, 'pay')).text()).toContain('Оплачено');
    await acquirers.drained();
    const told = shop.got.map(({ path, body }) => [
      path.split('/').at(-1),
      new URLSearchParams(body).get('TransactionId'),
    ]);
    const [[, first] = [], , [, second] = []] = told;
    expect(told).toEqual([
      ['check', first],
      ['fail', first],
      ['check', second],
      ['pay', second],
    ]);
    expect(first).not.toBe(second);
  });

  it('know no other shops, pages or payments', async () => {
    const paths = [
      '/',
      '/tbank/nobody/v2/Init',
      '/pay/tbank/acme/1',
      '/pay/nothing/acme/1',
      '/pay/tbank/acme/%E0',
    ];
    const statuses = await Promise.all(
      paths.map(
        async (path) =>
          (await fetch(`${acquirers.url}${path}`).catch(() => ({ status: 0 }))).status,
      ),
    );
    expect(statuses).toEqual([404, 404, 404, 404, 404]);
  });
});
