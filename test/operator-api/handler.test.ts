import { handle } from 'hono/aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { PAYER } from './builders.ts';
import { createWorld } from './world.ts';

type Result = { statusCode: number; headers: Record<string, string>; body: string };

/** An event as API Gateway sends it behind its JWT authoriser, payload format 2.0. */
function event(method: string, path: string, over: object = {}) {
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'api.example' },
    requestContext: {
      domainName: 'api.example',
      requestId: 'r-1',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      authorizer: {
        jwt: {
          claims: { sub: 'user-1', scope: 'operators/read operators/write', exp: '1' },
          scopes: ['operators/read'],
        },
      },
    },
    isBase64Encoded: false,
    ...over,
  };
}

async function invoke(lambda: unknown, given: object): Promise<Result> {
  return (lambda as (event: object, context: object) => Promise<Result>)(given, {});
}

const invoice = JSON.stringify({
  seller: 'shop',
  id: 'INV_1',
  payerId: PAYER,
  currency: 'RUB',
  lines: [{ title: 'Курс', amount: '100', vat: 'none' }],
});

describe('the function behind API Gateway', () => {
  it.each([
    ['as text', { body: invoice }],
    ['as base64', { body: Buffer.from(invoice).toString('base64'), isBase64Encoded: true }],
  ])('reads a body that comes %s, and the caller from the authoriser', async (_, over) => {
    const world = createWorld();
    const result = await invoke(handle(world.app), event('POST', '/v1/invoices', over));
    expect(result.statusCode).toBe(201);
    expect(result.headers['content-type']).toBe('application/json');
    expect(JSON.parse(result.body).lines[0]).toMatchObject({ title: 'Курс', vatAmount: '0' });
    expect(world.state.writes).toMatchObject([{ by: 'user-1' }]);
  });

  it('reads the query as it stands in the address', async () => {
    const query = { rawQueryString: 'seller=shop&limit=0' };
    const result = await invoke(handle(createWorld().app), event('GET', '/v1/invoices', query));
    expect(result.statusCode).toBe(400);
    expect(JSON.parse(result.body).errors[0].path).toBe('/limit');
  });

  it('starts with its environment, and answers without touching a table', async () => {
    const names = ['LEDGER_TABLE', 'JOURNAL_TABLE', 'ACCESS_TABLE', 'DELIVERIES_TABLE', 'STAGE'];
    for (const name of [...names, 'GATEWAY_SECRET_PREFIX']) vi.stubEnv(name, 'x');
    vi.stubEnv('PAYMENTS_QUEUE_URL', 'https://sqs.example/q');
    vi.stubEnv('WEBHOOKS_BASE_URL', 'https://hooks.example');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    const { handler } = await import('#functions/operator-api/handle-request/handler.ts');
    const described = await invoke(handler, event('GET', '/v1/openapi.json'));
    expect([described.statusCode, JSON.parse(described.body).openapi]).toEqual([200, '3.1.0']);
    const stranger = event('GET', '/v1/openapi.json', {
      requestContext: { domainName: 'x', http: { method: 'GET' } },
    });
    expect((await invoke(handler, stranger)).statusCode).toBe(401);
    vi.unstubAllEnvs();
  });
});
