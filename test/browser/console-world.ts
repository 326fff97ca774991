import { createServer } from 'node:http';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import { startConsole } from '#local/console/console.ts';
import { systemClock } from '#local/kernel/clock.ts';
import { fakeCloud, gatewayStats } from '../local/console/fake-cloud.ts';
import { testHost } from '../local/sqs/test-host.ts';

export type ConsoleWorld = Awaited<ReturnType<typeof startConsoleWorld>>;

/** The page with a cloud and gateways that do what a test says, and an operator API that answers. */
export async function startConsoleWorld() {
  const cloud = fakeCloud({ ...testHost(), clock: systemClock() });
  const queue = 'PaymentsInboxQueue6065EFB7';
  cloud.queue(queue, {});
  cloud.function('PaymentsSettlePaymentsFunctionHandler399F500A', { environments: 2, idle: 1 });
  let isBroken = false;
  const queues = () => {
    if (isBroken) throw new Error('the cloud does not answer');
    return cloud.cloud.queues();
  };
  const out = new Set<GatewayName>();
  const paid: string[] = [];
  const operator = await startOperatorApi();
  const page = await startConsole({
    port: 0,
    seller: 'school',
    basePerSecond: 0,
    operatorApi: { baseUrl: operator.url, token: async () => 'secret-token' },
    cloud: { ...cloud.cloud, queues, warm: Promise.resolve() },
    acquirers: {
      scenariosOf: () => ['plain'],
      slowApi: () => {},
      outage(gateway, isOut) {
        if (isOut) out.add(gateway);
        else out.delete(gateway);
      },
      stats: () => GATEWAYS.map((gateway) => gatewayStats(gateway, { isOut: out.has(gateway) })),
      async pay({ gateway, invoiceId, currency, amountMinor }) {
        paid.push(invoiceId);
        return {
          gateway,
          seller: 'school',
          paymentId: '1',
          invoiceId,
          currency,
          outcome: 'paid',
          capturedMinor: amountMinor,
          settledMinor: amountMinor,
        };
      },
    },
  });
  return {
    url: page.url,
    rules: () => [...cloud.rules],
    outages: () => [...out],
    paid: () => paid,
    created: () => operator.created,
    measure: (name: string, gateway: GatewayName, value: number) =>
      cloud.measure(name, gateway, value, Date.now()),
    setQueue: (numbers: { visible: number; oldestAgeMs: number }) => cloud.queue(queue, numbers),
    alarm: (name: string, state: 'OK' | 'ALARM') =>
      cloud.alarm(name, 'Payments wait in the queue before settlement.', state),
    breakDown(isDown: boolean) {
      isBroken = isDown;
    },
    async stop() {
      await page.stop();
      await operator.stop();
    },
  };
}

/** Answers what the page asks, to those who bring the token. */
async function startOperatorApi() {
  const created: string[] = [];
  const now = new Date().toISOString();
  const invoice = { seller: 'school', payerId: 'payer_12345678', currency: 'RUB', createdAt: now };
  const answers: Readonly<Record<string, unknown>> = {
    '/v1/invoices': {
      invoices: [
        { ...invoice, id: 'INV_2', status: 'open', total: '100000', paid: '0' },
        { ...invoice, id: 'INV_1', status: 'paid', total: '490000', paid: '490000' },
      ],
    },
    '/v1/inbox': {
      payments: [
        {
          gateway: 'sber',
          paymentId: 'p1',
          amount: '123400',
          currency: 'RUB',
          reason: 'unknown_invoice',
          since: now,
          invoiceId: 'INV_9',
          suggestions: [],
        },
      ],
    },
  };
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const isKnown = request.headers.authorization === 'Bearer secret-token';
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') created.push(JSON.parse(Buffer.concat(chunks).toString()).id);
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers[path] ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the operator API has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    created,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
