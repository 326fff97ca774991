import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import type { ScenarioName } from '#local/acquirers/scenario.ts';
import { tokenOf } from '#shared/gateways/tbank/token.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import { eventually, skippingClock, startTestWorld } from '#test/support/local-world.ts';
import { clientOptions, type World } from '../../scripts/lib/world.ts';

const AMOUNT = 490_000n;
const invoiceView = z.object({ status: z.string(), paid: z.string(), due: z.string() });

const clock = skippingClock();
let world: World;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  world = await startTestWorld({ clock });
  secrets = new SecretsManagerClient(clientOptions(world.cloud.endpoint));
  // A seller whose gateway API nobody answers. Functions keep secrets for minutes, so it is there from the start.
  const yookassa = await accounts('yookassa');
  await secrets.send(
    new PutSecretValueCommand({
      SecretId: '/priliv/dev/gateways/yookassa',
      SecretString: JSON.stringify({
        ...yookassa,
        cutoff: { ...yookassa['school'], seller: 'cutoff', apiBaseUrl: 'http://127.0.0.1:9' },
      }),
    }),
  );
});

afterAll(async () => {
  await world?.stop();
});

const payerOf = (invoiceId: string) => `payer_${invoiceId.replaceAll('_', '').padEnd(10, '0')}`;

async function createInvoice(id: string, amount = AMOUNT, payerId = payerOf(id)) {
  const answer = await world.operator.post('/v1/invoices', {
    seller: 'school',
    id,
    payerId,
    currency: 'RUB',
    lines: [{ title: 'Course', amount: String(amount), vat: '22' }],
  });
  expect([200, 201]).toContain(answer.status);
  return payerId;
}

const statusOf = async (id: string) =>
  invoiceView.parse((await world.operator.get(`/v1/invoices/school/${id}`)).body);

const paid = (id: string) =>
  eventually(async () => {
    const invoice = await statusOf(id);
    return invoice.status === 'paid' ? invoice : undefined;
  });

const payment = async (gateway: string, id: string) =>
  (await world.operator.get(`/v1/payments/school/${gateway}/${encodeURIComponent(id)}`))
    .body as Record<string, never>;

async function pay(
  gateway: GatewayName,
  invoiceId: string,
  amount = AMOUNT,
  scenario: ScenarioName = 'plain',
) {
  return world.acquirers.pay({
    gateway,
    scenario,
    invoiceId,
    payerId: payerOf(invoiceId),
    amountMinor: amount,
    currency: 'RUB',
  });
}

async function accounts(gateway: string): Promise<Record<string, Record<string, unknown>>> {
  const { SecretString = '{}' } = await secrets.send(
    new GetSecretValueCommand({ SecretId: `/priliv/dev/gateways/${gateway}` }),
  );
  return JSON.parse(SecretString);
}

/** A T-Bank notification with any content, signed for the seller. */
async function tbank(fields: Record<string, unknown>): Promise<number> {
  const { school } = await accounts('tbank');
  const all = { TerminalKey: school!['terminalKey'], Success: true, ErrorCode: '0', ...fields };
  const Token = tokenOf(all, (school!['passwords'] as string[])[0]!);
  const answer = await fetch(`${world.webhooksUrl}/webhooks/school/tbank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-priliv-source-ip': '91.194.226.10' },
    body: JSON.stringify({ ...all, Token }),
  });
  return answer.status;
}

const inbox = async () =>
  z
    .object({ payments: z.array(z.looseObject({ paymentId: z.string() })) })
    .parse((await world.operator.get('/v1/inbox?seller=school&limit=100')).body).payments;

const deadLetters = async () =>
  z
    .object({ deadLetters: z.array(z.looseObject({ id: z.string(), reason: z.string() })) })
    .parse((await world.operator.get('/v1/dead-letters?limit=100')).body).deadLetters;

describe('one evening on one machine', () => {
  it('turns payments of every gateway into paid invoices', async () => {
    for (const gateway of GATEWAYS) {
      await createInvoice(`plain_${gateway}`);
      const { outcome } = await pay(gateway, `plain_${gateway}`);
      expect(outcome, gateway).not.toBe('refused');
      expect((await paid(`plain_${gateway}`)).paid).toBe(String(AMOUNT));
    }
  });

  it('asks the gateways whose messages prove too little', async () => {
    await createInvoice('sber_refund');
    await pay('sber', 'sber_refund', AMOUNT, 'partial_refund');
    await createInvoice('robokassa_hold');
    await pay('robokassa', 'robokassa_hold', AMOUNT, 'two_stage');
    await createInvoice('tbank_refund');
    await pay('tbank', 'tbank_refund', AMOUNT, 'several_refunds');
    for (const id of ['sber_refund', 'tbank_refund']) {
      await eventually(async () =>
        (await statusOf(id)).status === 'partially_paid' ? true : undefined,
      );
    }
    await eventually(async () =>
      (await statusOf('tbank_refund')).due === String(AMOUNT / 2n) ? true : undefined,
    );
    await paid('robokassa_hold');
    for (const gateway of ['robokassa', 'sber', 'cloudpayments'] as const) {
      const reads = () =>
        world.cloud
          .iamReport()
          .some(
            ({ role, resource, used }) =>
              used && role.includes('SettlePayments') && resource.includes(`gateways/${gateway}`),
          );
      await askAbout(gateway);
      await eventually(async () => (reads() ? true : undefined));
      expect((await statusOf(`plain_${gateway}`)).paid).toBe(String(AMOUNT));
    }
  });

  /** What a gateway's less common messages come to: a statement that its API must confirm. */
  async function askAbout(gateway: GatewayName): Promise<void> {
    const { payments } = (await world.operator.get(`/v1/invoices/school/plain_${gateway}`))
      .body as { payments: { paymentId: string }[] };
    const sqs = new SQSClient(clientOptions(world.cloud.endpoint));
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const told = {
      seller: 'school',
      gateway,
      paymentId: payments[0]!.paymentId,
      kind: 'payment.captured' as const,
      lifecycle: 'captured' as const,
      totals: {},
      parts: [],
      invoiceId: `plain_${gateway}`,
      needsReread: 'amount_not_stated' as const,
      test: true,
    };
    const receivedAt = instantFromMs(Date.now());
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: QueueUrls.find((url) => url.includes('PaymentsInboxQueue'))!,
        MessageBody: settlePaymentToWire({ command: SETTLE_PAYMENT, statement: told, receivedAt }),
      }),
    );
  }

  it('opens access, and the payment tells how long each stage took', async () => {
    const { body } = await world.operator.get('/v1/invoices/school/plain_tbank');
    const { payments } = z
      .object({ payments: z.array(z.object({ gateway: z.string(), paymentId: z.string() })) })
      .parse(body);
    const [first] = payments;
    const told = await eventually(async () => {
      const { stages } = (await payment('tbank', first!.paymentId)) as {
        stages?: Record<string, string>;
      };
      return stages?.['deliveredAt'] === undefined ? undefined : stages;
    });
    const moments = [
      'receivedAt',
      'queuedAt',
      'startedAt',
      'committedAt',
      'publishedAt',
      'deliveredAt',
    ].map((name) => told[name]!);
    expect(moments).toEqual([...moments].sort());
  });

  it('keeps money without an invoice, gives it to the invoice that is created, and forgets a refunded one', async () => {
    expect(
      await tbank({
        OrderId: 'later',
        PaymentId: 501,
        Amount: Number(AMOUNT),
        Status: 'CONFIRMED',
      }),
    ).toBe(200);
    expect(
      await tbank({
        OrderId: 'never',
        PaymentId: 502,
        Amount: Number(AMOUNT),
        Status: 'CONFIRMED',
      }),
    ).toBe(200);
    await eventually(async () => ((await inbox()).length >= 2 ? true : undefined));
    await createInvoice('later');
    expect((await statusOf('later')).status).toBe('paid');
    expect((await inbox()).map(({ paymentId }) => paymentId)).toEqual(['502']);

    const { paymentId } = await pay('stripe', 'ghost');
    const isParked = async () => (await inbox()).some((one) => one.paymentId === paymentId);
    await eventually(async () => ((await isParked()) ? true : undefined));
    await world.operator.post(`/v1/payments/school/stripe/${paymentId}/refunds`, {
      amount: String(AMOUNT),
    });
    await eventually(async () => ((await isParked()) ? undefined : true));
  });

  it('parks a second payment until an operator gives it to another invoice', async () => {
    await createInvoice('twice');
    await createInvoice('other');
    await pay('tbank', 'twice');
    await paid('twice');
    const { paymentId } = await pay('tbank', 'twice');
    await eventually(async () =>
      (await inbox()).some((one) => one.paymentId === paymentId) ? true : undefined,
    );
    const wrong = await world.operator.post(`/v1/inbox/school/tbank/${paymentId}/allocate`, {
      invoiceId: 'twice',
    });
    expect(wrong.status).toBe(409);
    const right = await world.operator.post(`/v1/inbox/school/tbank/${paymentId}/allocate`, {
      invoiceId: 'other',
    });
    expect(right.status).toBe(200);
    expect((await statusOf('other')).status).toBe('paid');
  });

  it('turns a surplus into prepayment and shows it on the payer’s statement', async () => {
    const payerId = await createInvoice('surplus', AMOUNT - 10_000n);
    await pay('tbank', 'surplus');
    await paid('surplus');
    await eventually(async () => {
      const { body } = await world.operator.get(`/v1/payers/school/${payerId}/balance`);
      return JSON.stringify(body).includes('10000') ? true : undefined;
    });
    const { status, body } = await world.operator.get(`/v1/payers/school/${payerId}/statement`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('payment.captured');
  });

  it('makes a payment link that a person can pay, and refunds through the gateway', async () => {
    for (const gateway of [
      'tbank',
      'yookassa',
      'cloudpayments',
      'robokassa',
      'sber',
      'stripe',
    ] as const) {
      await createInvoice(`link_${gateway}`);
      const link = await world.operator.post(`/v1/invoices/school/link_${gateway}/links`, {
        gateway,
        returnUrl: 'https://school.example/back',
      });
      expect(link.status, `${gateway} ${JSON.stringify(link.body)}`).toBe(201);
      const { url } = z.object({ url: z.url() }).parse(link.body);
      // Robokassa has one fixed address for its page; every other link leads to the simulator.
      if (gateway !== 'robokassa')
        expect((await fetch(url, { headers: { accept: 'text/html' } })).status, gateway).toBe(200);
    }
    await createInvoice('refund');
    const { paymentId } = await pay('stripe', 'refund');
    await paid('refund');
    const refund = await world.operator.post(`/v1/payments/school/stripe/${paymentId}/refunds`, {
      amount: '90000',
    });
    expect(refund.status).toBe(202);
    const due = await eventually(async () => {
      const invoice = await statusOf('refund');
      return invoice.status === 'partially_paid' ? invoice.due : undefined;
    });
    expect(due).toBe('90000');
  });

  it('buries a message whose facts contradict what is known, with its reason, and replays it', async () => {
    await createInvoice('first');
    await createInvoice('second');
    await tbank({ OrderId: 'first', PaymentId: 601, Amount: Number(AMOUNT), Status: 'CONFIRMED' });
    await paid('first');
    await tbank({ OrderId: 'second', PaymentId: 601, Amount: Number(AMOUNT), Status: 'CONFIRMED' });
    const letter = await eventually(async () => (await deadLetters())[0]);
    expect(letter.reason).toBe('payment.invoice_conflict');
    expect((await statusOf('second')).status).toBe('open');
    const replayed = await world.operator.post(`/v1/dead-letters/${letter.id}/replay`, {});
    expect(replayed.status).toBeLessThan(300);
    // Nothing was fixed, so it dies again, as a new letter.
    await eventually(async () =>
      (await deadLetters()).some(({ id }) => id !== letter.id) ? true : undefined,
    );
  });

  it('returns a message to the queue while a gateway’s API is away', async () => {
    const yookassa = await accounts('yookassa');
    const queue = Object.keys(world.cloud.queues()).find((name) =>
      name.includes('PaymentsInboxQueue'),
    )!;
    const before = world.cloud.queues()[queue]!.received;
    const { shopId } = yookassa['school'] as { shopId: string };
    const object = {
      id: 'p-1',
      status: 'succeeded',
      paid: true,
      amount: { value: '1.00', currency: 'RUB' },
      created_at: '2026-11-20T10:14:27.691Z',
      metadata: {},
      recipient: { account_id: shopId, gateway_id: '1' },
      test: false,
      refundable: true,
    };
    const answer = await fetch(`${world.webhooksUrl}/webhooks/cutoff/yookassa`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-priliv-source-ip': '185.71.76.1' },
      body: JSON.stringify({ type: 'notification', event: 'payment.succeeded', object }),
    });
    expect(answer.status).toBe(200);
    await eventually(async () =>
      world.cloud.queues()[queue]!.received > before + 1 ? true : undefined,
    );
  });

  it('keeps raw requests aside when the archive does not take them', async () => {
    const giveBack = world.cloud.withoutGrant({ role: 'SettlePayments', action: 's3:PutObject' });
    await createInvoice('aside');
    await pay('tbank', 'aside');
    await paid('aside');
    giveBack();
  });

  it('shows refused requests, and their raw bytes only to whoever may write', async () => {
    const kinds: Partial<Record<GatewayName, string>> = {
      cloudpayments: '/pay',
      robokassa: '/result',
    };
    for (const gateway of GATEWAYS) {
      const answer = await fetch(
        `${world.webhooksUrl}/webhooks/school/${gateway}${kinds[gateway] ?? ''}`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"forged":true}',
        },
      );
      expect(answer.status, gateway).toBeGreaterThanOrEqual(400);
    }
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const { body } = await world.operator.get(
      `/v1/rejected-deliveries?day=${day}&raw=true&limit=50`,
    );
    expect(JSON.stringify(body)).toContain('tbank');
  });

  it('lists invoices and describes itself', async () => {
    expect((await world.operator.get('/v1/invoices?seller=school&limit=50')).status).toBe(200);
    expect((await world.operator.get('/v1/openapi.json')).status).toBe(200);
  });

  it('runs its schedules: the watch over the ledger and the synthetic payment', async () => {
    clock.skip(61_000);
    await eventually(async () => {
      const { body } = await world.operator.get('/v1/invoices?seller=synthetic&limit=10');
      return JSON.stringify(body).includes('paid') ? true : undefined;
    });
    const watched = await eventually(async () =>
      world.cloud.services.cloudWatch
        .values(
          { namespace: 'Priliv', name: 'SealBroken', dimensions: { Service: 'priliv' } },
          0,
          Number.MAX_SAFE_INTEGER,
        )
        .at(-1),
    );
    expect(watched.value).toBe(0);
  });

  it('is closed to whoever has no token, or one without the scope', async () => {
    const url = `${world.operatorApiUrl}/v1/invoices?seller=school`;
    expect((await fetch(url)).status).toBe(401);
    expect(
      (await fetch(url, { headers: { authorization: 'Bearer forged.token.here' } })).status,
    ).toBe(401);
    const [pool] = world.cloud.resources('AWS::Cognito::UserPool');
    const reader = await world.cloud.mintToken(pool!.logicalId, {
      scopes: ['operators/read'],
      sub: 'reader',
    });
    const bearer = { authorization: `Bearer ${reader}` };
    expect((await fetch(url, { headers: bearer })).status).toBe(200);
    const write = await fetch(`${world.operatorApiUrl}/v1/invoices`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(write.status).toBe(403);
  });

  it('can be looked into with the AWS SDK', async () => {
    const options = clientOptions(world.cloud.endpoint);
    const { TableNames = [] } = await new DynamoDBClient(options).send(new ListTablesCommand({}));
    expect(TableNames).toEqual(expect.arrayContaining(Object.values(world.tables)));
    const sqs = new SQSClient(options);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = QueueUrls.find((url) => url.includes('PaymentsInboxQueue'))!;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes?.['QueueArn']).toContain('PaymentsInboxQueue');
  });

  it('leaves no personal data in tables of the core, queues’ dead letters or logs', async () => {
    const { scanTable } = await import('#shared/ledger/adapters/scan-table.ts');
    const client = new DynamoDBClient(clientOptions(world.cloud.endpoint));
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const items = await Promise.all(TableNames.map((name) => scanTable({ client, name })));
    const logs = Object.keys(world.cloud.functions()).flatMap((name) =>
      world.cloud.logs(name).map(({ text }) => text),
    );
    const everything = JSON.stringify([items, logs]);
    expect(everything.length).toBeGreaterThan(10_000);
    expect(everything.match(/[\w.]+@[\w.]+\.\w+|\+7\d{10}|\d{6}\*{2,}\d{4}/g) ?? []).toEqual([]);
  });

  it('has a whole ledger', async () => {
    const verification = await eventually(async () => {
      const seen = await world.verify();
      return seen.unsealed > 0 ? undefined : seen;
    });
    expect(verification.faults).toEqual([]);
  });

  it('keeps what a stream consumer gave up in a queue of its own', {
    timeout: 60_000,
  }, async () => {
    const giveBack = [
      world.cloud.withoutGrant({ role: 'PublishEvents', action: 'events:PutEvents' }),
      world.cloud.withoutGrant({ role: 'SealJournal', action: 'dynamodb:GetItem' }),
    ];
    await createInvoice('skipped');
    const skipped = Object.keys(world.cloud.queues()).filter((name) => name.includes('Skipped'));
    // Only the age of a record ends the tries: twelve hours.
    await eventually(async () => {
      clock.skip(1_800_000);
      return skipped.every((name) => world.cloud.queues()[name]!.visible > 0) ? true : undefined;
    });
    for (const restore of giveBack) restore();
    expect(skipped).toHaveLength(2);
  });

  it('keeps what a schedule could not start in a queue of its own', async () => {
    const giveBack = world.cloud.withoutGrant({ action: 'lambda:InvokeFunction' });
    const missed = Object.keys(world.cloud.queues()).filter((name) => name.includes('Missed'));
    await eventually(async () => {
      clock.skip(61_000);
      return missed.every((name) => world.cloud.queues()[name]!.visible > 0) ? true : undefined;
    });
    giveBack();
    expect(missed).toHaveLength(2);
  });

  it('used every permission that it was granted, and would miss each of them', () => {
    const unused = world.cloud.iamReport().filter(({ used }) => !used);
    expect(unused.map(({ role, action, resource }) => `${role} ${action} ${resource}`)).toEqual([]);
    expect(world.cloud.dispensableGrants()).toEqual([]);
  });
});
