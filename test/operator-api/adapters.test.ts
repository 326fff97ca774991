import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createApp } from '#functions/operator-api/handle-request/app.ts';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import { createKms } from '#local/kms/kms.ts';
import { createSecrets } from '#local/secrets/secrets.ts';
import { createSqs } from '#local/sqs/sqs.ts';
import { createSaveAccess } from '#shared/access/adapters/access-store.ts';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createOperatorApiPorts } from '#shared/operator-api/adapters/operator-api-ports.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { rawToBytes } from '#shared/webhooks/domain/raw-record.ts';
import { createLab, message } from '#test/support/ledger-lab.ts';
import description from '../../docs/openapi.json' with { type: 'json' };
import { aStatement, PAYER } from './builders.ts';
import { call } from './call.ts';

const DAY_MS = 86_400_000;

/** The whole API over the product's adapters and the local engines, in one process. */
async function createStand() {
  const lab = await createLab();
  const host = {
    clock: lab.virtual,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: () => 0.5,
    persist: () => {},
  };
  const engines = [createSqs(host), createKms(host), createSecrets(host)];
  const config = {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: sdkRequestHandler(engines, { principal: 'root' }),
  };
  const sqs = new SQSClient(config);
  const kms = new KMSClient(config);
  const secrets = new SecretsManagerClient(config);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'payments' }));
  await secrets.send(
    new CreateSecretCommand({ Name: '/gateways/yookassa', SecretString: '{"other": {}}' }),
  );
  const failures: unknown[] = [];
  const ports = createOperatorApiPorts({
    dynamodb: lab.client,
    sqs,
    kms,
    secrets,
    fetch: () => Promise.reject(new Error('no gateway is called here')),
    clock: lab.clock,
    names: {
      ledger: 'ledger',
      journal: 'journal',
      access: 'access',
      deliveries: 'deliveries',
      paymentsQueueUrl: QueueUrl,
      gatewaySecretPrefix: '/gateways/',
      webhooksBaseUrl: 'https://hooks.example',
    },
  });
  const app = createApp({
    ports,
    description,
    logWrite: () => {},
    logFailure: (error) => failures.push(error),
  });
  const deliveries = { client: lab.client, name: 'deliveries' };
  return { ...lab, app, ports, sqs, kms, queueUrl: QueueUrl, deliveries, failures };
}

type Stand = Awaited<ReturnType<typeof createStand>>;

function wanted(id: string, amount = '490000') {
  return {
    seller: 'shop',
    id,
    payerId: PAYER,
    currency: 'RUB',
    lines: [{ title: 'Course', amount, vat: '22' }],
  };
}

async function settle(stand: Stand, over: Parameters<typeof aStatement>[0] = {}) {
  const [result] = await stand.settler()([message(stand, aStatement(over))]);
  expect(result).toMatchObject({ done: 'settled' });
}

describe('the API over its tables', () => {
  it('creates an invoice once, reads it back and shows it paid', async () => {
    const stand = await createStand();
    const created = await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001') });
    const again = await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001') });
    const other = await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001', '1') });
    expect([created.status, again.status, other.status]).toEqual([201, 200, 409]);
    await settle(stand);
    const { body } = await call(stand, 'GET', '/v1/invoices/shop/INV_1001');
    expect(body).toMatchObject({ status: 'paid', due: '0', lines: [{ vatAmount: '88361' }] });
    const payment = await call(stand, 'GET', '/v1/payments/shop/yookassa/pay-1');
    expect(payment.body.allocation).toMatchObject({ settled: '490000', invoiceId: 'INV_1001' });
  });

  it('lists invoices of several months, newest first, each once', async () => {
    const stand = await createStand();
    const ids: string[] = [];
    for (let i = 0; i < 9; i++) {
      ids.push(`INV_${i}`);
      await call(stand, 'POST', '/v1/invoices', { body: wanted(`INV_${i}`) });
      await stand.virtual.advance(20 * DAY_MS);
    }
    const listed: string[] = [];
    let cursor = '';
    do {
      const path = `/v1/invoices?seller=shop&limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await call(stand, 'GET', path);
      listed.push(...body.invoices.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(listed).toEqual(ids.toReversed());
  });

  it('shows parked money with a suggestion, and allocates it', async () => {
    const stand = await createStand();
    await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001') });
    await settle(stand, { invoiceId: 'inv-1001' });
    await settle(stand, { invoiceId: 'nothing', paymentId: 'pay-2', seller: 'other' });
    const inbox = await call(stand, 'GET', '/v1/inbox?seller=shop');
    expect(inbox.body.payments).toMatchObject([
      { paymentId: 'pay-1', reason: 'unknown_invoice', suggestions: [{ invoiceId: 'INV_1001' }] },
    ]);
    const path = '/v1/inbox/shop/yookassa/pay-1/allocate';
    const allocated = await call(stand, 'POST', path, { body: { invoiceId: 'INV_1001' } });
    expect(allocated.body).toMatchObject({ binding: { by: 'operator-1' } });
    const after = await call(stand, 'GET', '/v1/inbox?seller=shop');
    expect(after.body.payments).toEqual([]);
    await stand.seal();
    expect(stand.failures).toEqual([]);
  });

  it('pages the inbox by age', async () => {
    const stand = await createStand();
    for (const paymentId of ['a', 'b', 'c']) {
      await settle(stand, { paymentId, invoiceId: 'nothing' });
      await stand.virtual.advance(1_000);
    }
    const first = await call(stand, 'GET', '/v1/inbox?seller=shop&limit=2');
    const path = `/v1/inbox?seller=shop&limit=2&cursor=${first.body.nextCursor}`;
    const second = await call(stand, 'GET', path);
    const ids = [...first.body.payments, ...second.body.payments].map(
      ({ paymentId }: { paymentId: string }) => paymentId,
    );
    expect(ids).toEqual(['a', 'b', 'c']);
  });

  it('tells a payer balance and statement from the sealed journal', async () => {
    const stand = await createStand();
    await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001', '400000') });
    await stand.virtual.advance(1_000);
    const between = stand.clock();
    await stand.virtual.advance(1_000);
    await settle(stand);
    await stand.seal();
    const path = `/v1/payers/shop/${PAYER}`;
    const now = await call(
      stand,
      'GET',
      `${path}/balance?at=${instantFromMs(Date.parse(between) + 60_000)}`,
    );
    expect(now.body.balances).toEqual([{ currency: 'RUB', receivable: '0', prepayment: '90000' }]);
    const then = await call(stand, 'GET', `${path}/balance?at=${between}`);
    expect(then.body.balances).toEqual([
      { currency: 'RUB', receivable: '400000', prepayment: '0' },
    ]);
    await stand.virtual.advance(1_000);
    const statement = await call(stand, 'GET', `${path}/statement?from=${between}`);
    expect(statement.body).toMatchObject({
      opening: [{ receivable: '400000' }],
      entries: [{ cause: 'payment.captured', receivable: '-400000', prepayment: '90000' }],
      closing: [{ receivable: '0', prepayment: '90000' }],
    });
  });

  it('tells when the event of a payment was delivered, and not of another payment', async () => {
    const stand = await createStand();
    await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001') });
    await settle(stand);
    const save = createSaveAccess({ client: stand.client, name: 'access' });
    const at = stand.clock();
    const access = {
      seller: 'shop',
      payerId: PAYER,
      invoiceId: 'INV_1001',
      state: 'granted' as const,
      publishedAt: at,
      deliveredAt: at,
    };
    const path = '/v1/payments/shop/yookassa/pay-1';
    await save({ ...access, sequence: 2, paymentKey: 'yookassa:other' });
    expect((await call(stand, 'GET', path)).body.stages).not.toHaveProperty('deliveredAt');
    await save({ ...access, sequence: 3, paymentKey: 'yookassa:pay-1' });
    expect((await call(stand, 'GET', path)).body.stages).toMatchObject({ deliveredAt: at });
  });

  it('refuses a link for a seller without an account', async () => {
    const stand = await createStand();
    await call(stand, 'POST', '/v1/invoices', { body: wanted('INV_1001') });
    const { status, body } = await call(stand, 'POST', '/v1/invoices/shop/INV_1001/links', {
      body: { gateway: 'yookassa', returnUrl: 'https://shop.example/' },
    });
    expect([status, body.type]).toEqual([422, 'urn:priliv:problem:gateway.account_missing']);
  });

  it('never gives two links one number', async () => {
    const stand = await createStand();
    const { invoices } = stand.ports;
    const ref = { seller: 'shop', invoiceId: 'INV_1001' };
    const numbers = await Promise.all([1, 2, 3, 4].map(() => invoices.nextLinkNumber(ref)));
    expect(numbers.sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('dead letters in their table', () => {
  async function fileLetter(stand: Stand, id: string, body: string) {
    const letter = { id, diedAt: stand.clock(), reason: 'x', source: 'dead', receives: 4, body };
    await createFileDeadLetter(stand.deliveries)(letter);
  }
  const command = (stand: Stand) =>
    settlePaymentToWire({
      command: SETTLE_PAYMENT,
      statement: aStatement(),
      receivedAt: stand.clock(),
    });
  const receive = async ({ sqs, queueUrl }: Stand) => {
    const answer = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageSystemAttributeNames: ['All'] }),
    );
    return answer.Messages ?? [];
  };

  it('go back into the queue as they were, once, and leave the list', async () => {
    const stand = await createStand();
    await fileLetter(stand, 'letter-1', command(stand));
    const list = await call(stand, 'GET', '/v1/dead-letters');
    expect(list.body.deadLetters).toMatchObject([
      { id: 'letter-1', paymentId: 'pay-1', receives: 4 },
    ]);
    const body = command(stand);
    await stand.virtual.advance(5_000);
    const replayed = await call(stand, 'POST', '/v1/dead-letters/letter-1/replay');
    const again = await call(stand, 'POST', '/v1/dead-letters/letter-1/replay');
    expect([replayed.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(replayed.body);
    const [first, ...more] = [...(await receive(stand)), ...(await receive(stand))];
    expect(first).toMatchObject({ Body: body, Attributes: { MessageGroupId: 'shop' } });
    expect(more).toEqual([]);
    expect((await call(stand, 'GET', '/v1/dead-letters')).body.deadLetters).toEqual([]);
  });

  it('that cannot be read stay, are shown without a payment, and are not sent', async () => {
    const stand = await createStand();
    await fileLetter(stand, 'letter-2', '{"command":"something else"}');
    expect((await call(stand, 'POST', '/v1/dead-letters/letter-2/replay')).status).toBe(409);
    const { body } = await call(stand, 'GET', '/v1/dead-letters');
    expect(body.deadLetters).toHaveLength(1);
    expect(body.deadLetters[0]).not.toHaveProperty('paymentId');
    expect(await receive(stand)).toEqual([]);
    expect((await call(stand, 'POST', '/v1/dead-letters/none/replay')).status).toBe(404);
  });
});

describe('refused deliveries in their table', () => {
  it('are listed by day and gateway, and opened for those who may', async () => {
    const stand = await createStand();
    const { KeyMetadata } = await stand.kms.send(new CreateKeyCommand({}));
    const sealer = createSealer(stand.kms, KeyMetadata?.KeyId ?? '', stand.clock);
    const request: RawRequest = {
      method: 'POST',
      kind: undefined,
      query: 'a=1',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.from([0xff, 0x00, 0x7b]),
      sourceIp: '203.0.113.7',
      receivedAt: stand.clock(),
    };
    const { keepRefused } = createWebhookPorts({
      sqs: stand.sqs,
      queueUrl: stand.queueUrl,
      deliveries: stand.deliveries,
      ledger: stand.ledger,
    });
    const keep = async (id: string, gateway: string) =>
      keepRefused({
        id,
        gateway,
        seller: 'shop',
        at: stand.clock(),
        refusal: 'signature_mismatch',
        detail: 'signature',
        method: 'POST',
        kind: undefined,
        sourceIp: '203.0.113.7',
        bodyBytes: 3,
        raw: { ...(await sealer.seal(rawToBytes(request))), sha256: 'c'.repeat(64) },
      });
    await keep('01A', 'yookassa');
    await keep('01B', 'tbank');
    await keep('01C', 'yookassa');
    const path = '/v1/rejected-deliveries?gateway=yookassa';
    const figures = await call(stand, 'GET', path);
    expect(figures.body.deliveries.map(({ id }: { id: string }) => id)).toEqual(['01C', '01A']);
    expect(figures.body.deliveries[0]).not.toHaveProperty('raw');
    const opened = await call(stand, 'GET', `${path}&raw=true`);
    expect(opened.body.deliveries[0].raw).toEqual({
      query: 'a=1',
      headers: { 'content-type': 'application/json' },
      bodyBase64: Buffer.from(request.body).toString('base64'),
    });
    const yesterday = instantFromMs(Date.parse(stand.clock()) - DAY_MS).slice(0, 10);
    const empty = await call(stand, 'GET', `/v1/rejected-deliveries?day=${yesterday}`);
    expect(empty.body.deliveries).toEqual([]);
  });
});
