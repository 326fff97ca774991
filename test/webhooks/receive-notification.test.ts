import { describe, expect, it, vi } from 'vitest';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import type { InvoiceFacts, RawRequest, Reception } from '#shared/gateways/gateway.ts';
import { money } from '#shared/kernel/money.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { logger } from '#shared/platform/logger.ts';
import { BODY_LIMIT_BYTES, messageHash } from '#shared/webhooks/usecases/receive-notification.ts';
import { NOW, rawRequest } from '#test/gateways/request.ts';
import { statement } from '#test/payments/builders.ts';
import { ACKNOWLEDGED, CAPTURED, door } from './fake-gateway.ts';

const BODY = '{"email":"ivanov@example.com","amount":490000}';
const REFUSED: Reception = {
  outcome: 'refused',
  refusal: 'signature_mismatch',
  detail: 'the token does not match',
  acknowledgement: { status: 401, body: 'in the dialect' },
};

function request(changes: Parameters<typeof rawRequest>[0] = {}): RawRequest {
  return rawRequest({ body: BODY, kind: 'pay', query: 'a=1', ...changes });
}

function laterBy(ms: number) {
  return instantFromMs(Date.parse(NOW) + ms);
}

describe('a notification', () => {
  it('is acknowledged in the words of its gateway once it is in the queue', async () => {
    const { receive, queued, counted } = door();
    expect(await receive('school', request())).toEqual(ACKNOWLEDGED);
    expect(queued).toEqual([
      {
        seller: 'school',
        commands: [
          {
            command: 'payments.settle-payment.v1',
            statement: statement(),
            receivedAt: NOW,
            raw: { box: 'box-1', key: 'key', sha256: messageHash(request()) },
          },
        ],
      },
    ]);
    expect(counted('Received')).toEqual([{ values: [1], Gateway: 'fake', Reason: undefined }]);
  });

  it('is not acknowledged before the queue has it', async () => {
    const order: string[] = [];
    const { receive } = door(CAPTURED, {
      enqueue: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('queued');
      },
    });
    await receive('school', request()).then(() => order.push('acknowledged'));
    expect(order).toEqual(['queued', 'acknowledged']);
  });

  it('is not acknowledged, counted or kept as refused when the queue does not take it', async () => {
    const { receive, kept, counted } = door(CAPTURED, {
      enqueue: () => Promise.reject(new Error('the queue is down')),
    });
    await expect(receive('school', request())).rejects.toThrow('the queue is down');
    expect([counted('Received'), counted('Refused'), kept]).toEqual([[], [], []]);
  });

  it('is not queued in the clear when it cannot be sealed', async () => {
    const { receive, queued } = door(CAPTURED, {
      sealer: { seal: () => Promise.reject(new Error('KMS is down')) },
    });
    await expect(receive('school', request())).rejects.toThrow('KMS is down');
    expect(queued).toEqual([]);
  });

  it('is not answered when the seller’s account cannot be read now', async () => {
    const { receive, kept } = door(CAPTURED, {
      findAccount: () => Promise.reject(new Error('no secrets now')),
    });
    await expect(receive('school', request())).rejects.toThrow('no secrets now');
    expect(kept).toEqual([]);
  });

  it('of several statements goes to the queue as one batch, sealed once', async () => {
    const statements = [statement(), statement({ paymentId: 'second' })];
    const { receive, queued, sealed, counted } = door({ ...CAPTURED, statements });
    await receive('school', request());
    expect(queued[0]?.commands.map((command) => command.statement)).toEqual(statements);
    expect(sealed).toHaveLength(1);
    expect(counted('Received')[0]?.values).toEqual([2]);
  });

  it('that says nothing of money is acknowledged, counted and not queued', async () => {
    const { receive, queued, kept, counted } = door({
      outcome: 'ignored',
      because: 'a receipt',
      acknowledgement: ACKNOWLEDGED,
    });
    expect(await receive('school', request())).toEqual(ACKNOWLEDGED);
    expect([queued, kept]).toEqual([[], []]);
    expect(counted('Ignored')[0]?.values).toEqual([1]);
  });

  it('carries nothing of its raw request in the clear, and all of it sealed', async () => {
    const { receive, queued, sealed } = door();
    const headers = { 'x-phone': '+79001234567' };
    await receive('school', request({ headers, query: 'email=ivanov' }));
    const wire = JSON.stringify(queued, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const secret of ['ivanov', '+79001234567', Buffer.from(BODY).toString('base64')]) {
      expect(wire).not.toContain(secret);
    }
    const record = JSON.parse(Buffer.from(sealed[0]!).toString('utf8'));
    expect(record).toMatchObject({ method: 'POST', kind: 'pay', query: 'email=ivanov', headers });
    expect(Buffer.from(record.body, 'base64').toString('utf8')).toBe(BODY);
  });

  it('is sealed byte by byte, also when it is not a text', async () => {
    const { receive, sealed } = door();
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    await receive('school', request({ body }));
    const record = JSON.parse(Buffer.from(sealed[0]!).toString('utf8'));
    expect(new Uint8Array(Buffer.from(record.body, 'base64'))).toEqual(body);
  });
});

describe('the hash of a message', () => {
  it('is the same when the gateway sends it again', () => {
    const again = request({
      receivedAt: laterBy(60_000),
      sourceIp: '203.0.113.9',
      headers: { date: 'later', 'x-amzn-trace-id': 'another' },
    });
    expect(messageHash(again)).toBe(messageHash(request()));
    expect(messageHash(request())).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another one for every other message', () => {
    const messages = [
      request(),
      request({ body: `${BODY} ` }),
      request({ kind: 'refund' }),
      request({ kind: undefined }),
      request({ query: 'a=2' }),
      request({ method: 'GET' }),
    ];
    expect(new Set(messages.map(messageHash)).size).toBe(messages.length);
  });
});

describe('a refused notification', () => {
  it('is answered by its gateway, counted by reason and kept, sealed', async () => {
    const { receive, queued, kept, counted } = door(REFUSED);
    expect(await receive('school', request())).toEqual(REFUSED.acknowledgement);
    expect(queued).toEqual([]);
    expect(counted('Refused')).toEqual([
      { values: [1], Gateway: 'fake', Reason: 'signature_mismatch' },
    ]);
    expect(kept).toEqual([
      {
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        gateway: 'fake',
        seller: 'school',
        at: NOW,
        refusal: 'signature_mismatch',
        detail: 'the token does not match',
        method: 'POST',
        kind: 'pay',
        sourceIp: '127.0.0.1',
        bodyBytes: Buffer.byteLength(BODY),
        raw: { box: 'box-1', key: 'key', sha256: messageHash(request()) },
      },
    ]);
    expect(JSON.stringify(kept)).not.toContain('ivanov');
  });

  it('is answered the same when its copy cannot be sealed', async () => {
    const warned = vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const { receive, kept, counted } = door(REFUSED, {
      sealer: { seal: () => Promise.reject(new Error('KMS is down')) },
    });
    expect(await receive('school', request())).toEqual(REFUSED.acknowledgement);
    expect(kept).toMatchObject([{ refusal: 'signature_mismatch', bodyBytes: 46 }]);
    expect(kept[0]).not.toHaveProperty('raw');
    expect(counted('Refused')).toHaveLength(1);
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });

  it('is kept at most 120 times a minute; all of them are counted and answered', async () => {
    const { receive, kept, sealed, counted } = door(REFUSED);
    for (let i = 0; i < 200; i++) {
      const answer = await receive('school', request({ receivedAt: laterBy(i * 290) }));
      expect(answer.status).toBe(401);
    }
    expect([kept.length, sealed.length]).toEqual([120, 120]);
    await receive('school', request({ receivedAt: laterBy(60_000) }));
    expect(kept).toHaveLength(121);
    const counts = counted('Refused').flatMap(({ values }) => values as number[]);
    expect(counts).toHaveLength(201);
  });

  it('is refused before anything is looked up when its body is too large, and not stored', async () => {
    const { receive, kept, sealed } = door(CAPTURED, {
      findAccount: () => Promise.reject(new Error('nobody should ask')),
    });
    const body = new Uint8Array(BODY_LIMIT_BYTES + 1);
    expect(await receive('school', request({ body }))).toEqual({
      status: 400,
      body: 'refused body_too_large',
    });
    expect(kept).toMatchObject([
      { refusal: 'body_too_large', bodyBytes: BODY_LIMIT_BYTES + 1, seller: 'school' },
    ]);
    expect(kept[0]).not.toHaveProperty('raw');
    expect(sealed).toEqual([]);
  });

  it('is not refused for a body of exactly the limit', async () => {
    const { receive } = door();
    const body = new Uint8Array(BODY_LIMIT_BYTES);
    expect(await receive('school', request({ body }))).toEqual(ACKNOWLEDGED);
  });

  it.each(['check', 'PAY', '', 'constructor', '__proto__'])(
    'has the type %j, which its gateway does not know',
    async (kind) => {
      const { receive, queued, counted } = door();
      expect(await receive('school', request({ kind }))).toMatchObject({
        body: 'refused kind_unknown',
      });
      expect(queued).toEqual([]);
      expect(counted('Refused')[0]?.Reason).toBe('kind_unknown');
    },
  );

  it('may have no type: one address for everything', async () => {
    expect(await door().receive('school', request({ kind: undefined }))).toEqual(ACKNOWLEDGED);
  });

  it.each(['nobody', '', 'School', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'names the seller %j, who has no account here',
    async (seller) => {
      const secrets = { json: async () => JSON.parse('{"school":{},"__proto__x":{}}') };
      const { receive, queued, kept } = door(CAPTURED, {
        findAccount: createFindAccount(secrets, (gateway) => gateway),
      });
      expect(await receive(seller, request())).toMatchObject({ body: 'refused seller_unknown' });
      expect(queued).toEqual([]);
      expect(kept).toMatchObject([{ refusal: 'seller_unknown', seller }]);
      expect(await receive('school', request())).toEqual(ACKNOWLEDGED);
    },
  );
});

describe('a question', () => {
  const asked: Reception = {
    outcome: 'question',
    question: { invoiceId: 'ord_72', amount: money(490_000n, 'RUB') },
    answer: (facts) => ({ status: 200, body: facts?.isOpen ? '{"code":0}' : '{"code":10}' }),
  };
  const facts: InvoiceFacts = {
    payerId: 'payer_1',
    due: money(490_000n, 'RUB'),
    isOpen: true,
  };

  it('is answered at once from the invoice of this seller, and not queued', async () => {
    const looked: string[] = [];
    const { receive, queued } = door(asked, {
      invoiceFacts: async (seller, invoiceId) => {
        looked.push(`${seller}/${invoiceId}`);
        return facts;
      },
    });
    expect(await receive('school', request())).toEqual({ status: 200, body: '{"code":0}' });
    expect([looked, queued]).toEqual([['school/ord_72'], []]);
  });

  it('is answered with no when the invoice is paid or unknown', async () => {
    for (const known of [undefined, { ...facts, isOpen: false }]) {
      const { receive } = door(asked, { invoiceFacts: async () => known });
      expect(await receive('school', request())).toMatchObject({ body: '{"code":10}' });
    }
  });

  it('is not answered when the invoice cannot be read: a guess would take or lose money', async () => {
    const { receive } = door(asked, {
      invoiceFacts: () => Promise.reject(new Error('the table is down')),
    });
    await expect(receive('school', request())).rejects.toThrow('the table is down');
  });
});
