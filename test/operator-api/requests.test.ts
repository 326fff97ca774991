import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '#shared/operator-api/contracts/operations.ts';
import { anInvoice, PAYER } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

const line = { title: 'Course', amount: '100', vat: '22' };
const good = { seller: 'shop', id: 'INV_1', payerId: PAYER, currency: 'RUB', lines: [line] };

async function create(body: unknown) {
  const world = createWorld();
  const called = await call(world, 'POST', '/v1/invoices', { body });
  return { ...called, world };
}

/** The pointers that a refused body is told, and that nothing was written. */
async function pointersOf(body: unknown): Promise<string[]> {
  const { status, body: problem, world } = await create(body);
  expect(status).toBe(400);
  expect(problem.type).toBe('urn:priliv:problem:request.invalid');
  expect(world.state.invoices.size).toBe(0);
  return problem.errors.map((error: { path: string }) => error.path);
}

describe('an invoice body', () => {
  it.each([
    ['negative', '-100'],
    ['zero', '0'],
    ['a fraction', '100.50'],
    ['above the largest', '1000000000000001'],
    ['absurdly long', '9'.repeat(5_000)],
    ['with a leading zero', '0100'],
    ['with a plus', '+100'],
    ['in scientific notation', '1e3'],
    ['hexadecimal', '0x10'],
    ['with spaces', ' 100 '],
    ['in other digits', '１００'],
    ['empty', ''],
    ['a number', 100],
    ['a float', 0.1],
    ['true', true],
    ['null', null],
    ['a list', ['100']],
    ['an object', { minor: '100' }],
  ])('is refused when the amount is %s', async (_, amount) => {
    expect(await pointersOf({ ...good, lines: [{ ...line, amount }] })).toEqual([
      '/lines/0/amount',
    ]);
  });

  it.each([
    ['NUL', 'Cou\u0000rse'],
    ['a line feed', 'Cou\nrse'],
    ['a bidi override', 'Cou\u202Erse'],
    ['an isolate', 'Cou\u2066rse'],
    ['a zero-width space', 'Cou\u200Brse'],
    ['half a surrogate pair', 'Cou\uD800rse'],
    ['nothing', ''],
    ['only spaces', '   '],
    ['too much', 'x'.repeat(201)],
  ])('is refused when the title holds %s', async (_, title) => {
    expect(await pointersOf({ ...good, lines: [line, { ...line, title }] })).toContain(
      '/lines/1/title',
    );
  });

  it.each([
    ['seller', 'shop/../other', '/seller'],
    ['seller', '', '/seller'],
    ['id', 'INV-1', '/id'],
    ['id', 'x'.repeat(31), '/id'],
    ['id', null, '/id'],
    ['payerId', 'ivan@example.com', '/payerId'],
    ['payerId', 'payer_short', '/payerId'],
    ['currency', 'rub', '/currency'],
    ['currency', 'XXX', '/currency'],
    ['currency', '643', '/currency'],
    ['currency', 'constructor', '/currency'],
    ['lines', [], '/lines'],
    ['lines', 'none', '/lines'],
    ['lines', Array.from({ length: 101 }, () => line), '/lines'],
    ['lines', [{ ...line, vat: '18' }], '/lines/0/vat'],
    ['lines', [{ ...line, vat: 22 }], '/lines/0/vat'],
    ['lines', [null], '/lines/0'],
  ])('is refused when %s is %j', async (field, value, pointer) => {
    expect(await pointersOf({ ...good, [field]: value })).toEqual([pointer]);
  });

  it('is refused when the lines sum to more than an amount may be', async () => {
    const huge = { ...line, amount: '1000000000000000' };
    expect(await pointersOf({ ...good, lines: [huge, line] })).toEqual(['/lines']);
    expect((await create({ ...good, lines: [huge] })).status).toBe(201);
  });

  it('is refused for each unknown field, at every depth, with names that JSON Pointer escapes', async () => {
    const pointers = await pointersOf({
      ...good,
      'a/b~c': 1,
      lines: [{ ...line, price: 1 }],
      discount: '10',
    });
    expect(pointers.sort()).toEqual(['/a~1b~0c', '/discount', '/lines/0/price']);
  });

  it('is refused when it tries to reach the prototype', async () => {
    const rawBody = JSON.stringify(good).replace('{', '{"__proto__":{"seller":"evil"},');
    const { status } = await call(createWorld(), 'POST', '/v1/invoices', { rawBody });
    expect(status).toBe(400);
  });

  it('names what is missing', async () => {
    const { body } = await create({ seller: 'shop' });
    expect(body.errors).toEqual(
      ['payerId', 'currency', 'lines'].map((name) => ({
        in: 'body',
        path: `/${name}`,
        message: 'is required',
      })),
    );
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['a number', 1],
  ])('is refused when it is %s', async (_, body) => {
    expect(await pointersOf(body)).toEqual(['']);
  });

  it('never repeats a value, and tells at most twenty errors', async () => {
    const lines = Array.from({ length: 60 }, () => ({ ...line, amount: 'secret@example.com' }));
    const { status, body } = await create({ ...good, lines, payerId: '+7 900 000-00-00' });
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(20);
    expect(JSON.stringify(body)).not.toMatch(/secret|900/);
  });

  it('does not put an unreadable or endless field name into the answer', async () => {
    const { body } = await create({ ...good, 'x\u202Ey': 1, [`k${'e'.repeat(5_000)}y`]: 1 });
    const paths = body.errors.map((error: { path: string }) => error.path);
    expect(paths).toContain('/(unreadable name)');
    expect(Math.max(...paths.map((path: string) => path.length))).toBeLessThan(100);
  });

  it('is refused as a whole when it is nested a hundred thousand deep', async () => {
    const rawBody = '['.repeat(100_000) + ']'.repeat(100_000);
    const world = createWorld();
    const { status } = await call(world, 'POST', '/v1/invoices', { rawBody });
    expect(status).toBe(400);
    const inside = `{"seller":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`;
    expect((await call(world, 'POST', '/v1/invoices', { rawBody: inside })).status).toBe(400);
  });

  // Goal: no JSON value gets past the schema into a failure. Method: any JSON in place of any field.
  it('is created or refused by name, whatever JSON stands in it', async () => {
    const fields = fc.constantFrom('seller', 'id', 'payerId', 'currency', 'lines');
    await fc.assert(
      fc.asyncProperty(fields, fc.jsonValue(), async (field, value) => {
        const { status, world } = await create({ ...good, [field]: value });
        expect([201, 400]).toContain(status);
        expect(world.state.failures).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  // Goal: amounts are exact. Method: any amount that is allowed comes back digit by digit.
  it('keeps every allowed amount exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(1n, 10n ** 15n), async (amount) => {
        const { body } = await create({ ...good, lines: [{ ...line, amount: String(amount) }] });
        expect(body.total).toBe(String(amount));
      }),
    );
  });
});

describe('a request body', () => {
  it.each([
    ['broken JSON', '{"seller": "shop"'],
    ['two documents', '{}{}'],
    ['a comment', '{} // ok'],
    ['nothing', ''],
    ['NaN', '{"seller": NaN}'],
  ])('is refused with 400 when it is %s', async (_, rawBody) => {
    const { status, body } = await call(createWorld(), 'POST', '/v1/invoices', { rawBody });
    expect(status).toBe(400);
    expect(body.type).toBe('urn:priliv:problem:request.malformed');
  });

  it('is refused with 400 when it is not UTF-8', async () => {
    const rawBody = Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    expect((await call(createWorld(), 'POST', '/v1/invoices', { rawBody })).status).toBe(400);
  });

  it('is read up to 256 KiB and refused with 413 from the next byte on', async () => {
    const fill = (bytes: number) => JSON.stringify(good).padEnd(bytes, ' ');
    const world = createWorld();
    const most = { rawBody: fill(256 * 1024) };
    const more = { rawBody: fill(256 * 1024 + 1) };
    expect((await call(world, 'POST', '/v1/invoices', most)).status).toBe(201);
    expect((await call(world, 'POST', '/v1/invoices', more)).status).toBe(413);
  });

  it('is refused with 415 unless it says that it is JSON', async () => {
    const world = createWorld();
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
    ]) {
      const { status } = await call(world, 'POST', '/v1/invoices', { body: good, contentType });
      expect(status).toBe(415);
    }
    const contentType = 'application/json; charset=utf-8';
    const { status } = await call(world, 'POST', '/v1/invoices', { body: good, contentType });
    expect(status).toBe(201);
  });

  it.each([[''], ['x'.repeat(256)], ['with space'], ['ключ']])(
    'is not read when the Idempotency-Key is %j',
    async (key) => {
      const headers = { 'Idempotency-Key': encodeURI(key) === key ? key : 'with space' };
      const { status, body } = await call(createWorld(), 'POST', '/v1/invoices', {
        body: good,
        headers,
      });
      expect(status).toBe(400);
      expect(body.errors[0]).toMatchObject({ in: 'header', path: '/idempotency-key' });
    },
  );
});

describe('parameters', () => {
  it.each([
    ['/v1/invoices', '/seller'],
    ['/v1/invoices?seller=a%20b', '/seller'],
    ['/v1/invoices?seller=shop&limit=0', '/limit'],
    ['/v1/invoices?seller=shop&limit=-1', '/limit'],
    ['/v1/invoices?seller=shop&limit=1.5', '/limit'],
    ['/v1/invoices?seller=shop&limit=201', '/limit'],
    ['/v1/invoices?seller=shop&limit=1e2', '/limit'],
    ['/v1/invoices?seller=shop&status=gone', '/status'],
    ['/v1/invoices?seller=shop&sort=asc', '/sort'],
    ['/v1/invoices?seller=shop&__proto__=1', '/__proto__'],
    ['/v1/inbox', '/seller'],
    ['/v1/rejected-deliveries?day=2026-02-30', '/day'],
    ['/v1/rejected-deliveries?day=today', '/day'],
    ['/v1/rejected-deliveries?raw=1', '/raw'],
    ['/v1/rejected-deliveries?gateway=No%20Such', '/gateway'],
    [`/v1/payers/shop/${PAYER}/balance?at=2026-09-15`, '/at'],
    [`/v1/payers/shop/${PAYER}/balance?at=2026-09-15T12:00:00`, '/at'],
    [`/v1/payers/shop/${PAYER}/balance?at=2026-09-15T12:00:00+03:00`, '/at'],
    [`/v1/payers/shop/${PAYER}/statement?from=yesterday`, '/from'],
  ])('in the query of %s are refused by name', async (path, pointer) => {
    const { status, body } = await call(createWorld(), 'GET', path);
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      expect.objectContaining({ in: 'query', path: pointer, message: expect.any(String) }),
    ]);
  });

  it('given twice are refused, because one of them would win by chance', async () => {
    const path = '/v1/invoices?seller=shop&seller=other';
    expect((await call(createWorld(), 'GET', path)).status).toBe(400);
  });

  it.each([
    ['/v1/invoices/shop/INV-1', '/id'],
    ['/v1/invoices/sh%20op/INV_1', '/seller'],
    ['/v1/payments/shop/YooKassa/1', '/gateway'],
    ['/v1/payments/shop/yookassa/a%00b', '/paymentId'],
    ['/v1/payments/shop/yookassa/a%E2%80%AEb', '/paymentId'],
    [`/v1/payments/shop/yookassa/${'9'.repeat(201)}`, '/paymentId'],
    ['/v1/payers/shop/ivan@example.com/balance', '/payerId'],
  ])('in the path of %s are refused by name', async (path, pointer) => {
    const { status, body } = await call(createWorld(), 'GET', path);
    expect(status).toBe(400);
    expect(body.errors).toEqual([expect.objectContaining({ in: 'path', path: pointer })]);
  });

  it('in the path may hold escaped characters', async () => {
    const { status } = await call(createWorld(), 'GET', '/v1/payments/shop/yookassa/a%2Fb');
    expect(status).toBe(404);
  });
});

describe('addresses', () => {
  it.each([
    ['/'],
    ['/v1'],
    ['/v2/invoices'],
    ['/v1/invoices/'],
    ['/v1/invoices/shop'],
    ['/v1//inbox'],
  ])('%s is not found', async (path) => {
    const { status, body } = await call(createWorld(), 'GET', path);
    expect(status).toBe(404);
    expect(body.type).toBe('urn:priliv:problem:request.path_unknown');
  });

  it('answer 405 with the methods they take', async () => {
    const world = createWorld();
    const put = await call(world, 'PUT', '/v1/invoices', { body: good });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST, GET']);
    const post = await call(world, 'POST', '/v1/inbox', { body: {} });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
    const path = '/v1/invoices/shop/INV_1';
    expect((await call(world, 'DELETE', path)).status).toBe(405);
  });
});

describe('who may ask', () => {
  const parts: Record<string, string> = {
    seller: 'shop',
    id: 'INV_1001',
    gateway: 'yookassa',
    paymentId: 'pay-1',
    payerId: PAYER,
  };
  const cases = OPERATIONS.map((operation) => ({
    ...operation,
    address: operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? ''),
  }));

  it.each(cases)('$id is refused with 401 without a verified token', async (operation) => {
    const method = operation.method === 'get' ? 'GET' : 'POST';
    const { address } = operation;
    for (const requestContext of [
      undefined,
      {},
      { authorizer: {} },
      { authorizer: { jwt: { claims: { scope: 'operators/read operators/write' } } } },
      { authorizer: { jwt: { claims: { sub: '', scope: operation.scope } } } },
      { authorizer: { lambda: { sub: 'x', scope: operation.scope } } },
    ]) {
      const { status } = await call(createWorld(), method, address, { requestContext });
      expect(status).toBe(401);
    }
  });

  it.each(cases)('$id is refused with 403 with the other scope', async (operation) => {
    const method = operation.method === 'get' ? 'GET' : 'POST';
    const other = operation.scope === 'operators/read' ? 'operators/write' : 'operators/read';
    const world = createWorld();
    world.put(anInvoice());
    const { status, body } = await call(world, method, operation.address, { scopes: [other] });
    expect(status).toBe(403);
    expect(body.detail).toBe(`It needs ${operation.scope}.`);
  });

  it('no scope passes for another whose name begins alike', async () => {
    const claims = { sub: 'x', scope: 'operators/readonly xoperators/read' };
    const requestContext = { authorizer: { jwt: { claims } } };
    const path = '/v1/inbox?seller=shop';
    expect((await call(createWorld(), 'GET', path, { requestContext })).status).toBe(403);
  });
});

describe('failures', () => {
  it('answer 500 without a word of what happened, and are logged', async () => {
    const world = createWorld();
    const secret = new Error('connection to db-7 as admin:hunter2 failed');
    world.ports.invoices.read = () => Promise.reject(secret);
    const { status, body } = await call(world, 'GET', '/v1/invoices/shop/INV_1');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(world.state.failures).toEqual([secret]);
  });

  it.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'LedgerContended'])(
    'named %s answer 503 with when to come back',
    async (name) => {
      const world = createWorld();
      world.ports.invoices.read = () => Promise.reject(Object.assign(new Error('busy'), { name }));
      const { status, headers } = await call(world, 'GET', '/v1/invoices/shop/INV_1');
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    },
  );
});
