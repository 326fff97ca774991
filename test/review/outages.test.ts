import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createRereadPayment } from '#shared/payments/adapters/reread-payment.ts';
import {
  SETTLE_PAYMENT,
  type SettlePaymentCommand,
} from '#shared/payments/contracts/settle-payment.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { createWebhookPorts } from '#shared/webhooks/adapters/webhook-ports.ts';
import { NOON, statement } from '#test/payments/builders.ts';
import { COURSE, createLab } from '#test/support/ledger-lab.ts';

const table = (name: string) => ({ client: undefined as never, name });

describe('creating an invoice', () => {
  it('outlasts another transaction on the account of the same payer', async () => {
    const lab = await createLab();
    lab.engine.faults.push({
      operation: 'TransactWriteItems',
      kind: 'conflict',
      probability: 1,
      remaining: 2,
    });
    expect((await lab.createInvoice(COURSE)).outcome).toBe('created');
    lab.engine.faults.length = 0;
    lab.engine.faults.push({ operation: 'TransactWriteItems', kind: 'conflict', probability: 1 });
    const endless = lab.createInvoice({ ...COURSE, invoiceId: 'ord_73' });
    await expect(endless).rejects.toMatchObject({ name: 'LedgerThrottled' });
  });
});

describe('a re-read of several calls', () => {
  it('is limited as a whole, so that it ends before its worker does', async () => {
    const signals: AbortSignal[] = [];
    const silent: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        const signal = init?.signal;
        if (!signal) return;
        signals.push(signal);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const account = {
      seller: 'school',
      test: true,
      apiBaseUrl: 'https://api.example',
      shopId: '1',
      secrets: ['k'],
      allowedAddresses: [],
    };
    const reread = createRereadPayment(async () => account, { fetch: silent, now: () => NOON }, 1);
    const told = statement({ gateway: 'yookassa', paymentId: '2d5f', needsReread: 'unsigned' });
    await expect(reread(told, undefined)).rejects.toBeInstanceOf(GatewayUnavailable);
    expect(signals).toHaveLength(1);
  });
});

describe('sealing a raw request', () => {
  const kms = mockClient(KMSClient);
  afterEach(() => kms.reset());

  it('goes on with the key at hand while KMS gives no new one', async () => {
    let nowMs = Date.parse(NOON);
    const key = { Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array([1]) };
    const next = { Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array([2]) };
    kms
      .on(GenerateDataKeyCommand)
      .resolvesOnce(key)
      .rejectsOnce(new Error('KMS is down'))
      .resolves(next);
    const sealer = createSealer(new KMSClient({ region: 'x' }), 'key', () => instantFromMs(nowMs));
    const seal = async () => (await sealer.seal(new Uint8Array(1))).key;
    const first = await seal();
    nowMs += 6 * 60_000;
    expect(await seal()).toBe(first);
    expect(await seal()).not.toBe(first);
  });
});

describe('a batch of a gateway', () => {
  const sqs = mockClient(SQSClient);
  afterEach(() => sqs.reset());

  it('is sent in calls that the queue takes, however large the request was', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    const ports = createWebhookPorts({
      sqs: new SQSClient({ region: 'x' }),
      queueUrl: 'https://queue',
      deliveries: table('deliveries'),
      ledger: table('ledger'),
    });
    const raw = { sha256: 'a'.repeat(64), box: 'x'.repeat(300_000), key: 'k' };
    const commands = Array.from(
      { length: 10 },
      (_, index): SettlePaymentCommand => ({
        command: SETTLE_PAYMENT,
        statement: statement({ paymentId: `p${index}` }),
        receivedAt: NOON,
        raw,
      }),
    );
    await ports.enqueue('school', commands);
    const calls = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
    const bytes = calls.map(({ Entries = [] }) =>
      Entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0),
    );
    expect(Math.max(...bytes)).toBeLessThanOrEqual(1024 * 1024);
    expect(calls.flatMap(({ Entries = [] }) => Entries)).toHaveLength(10);
  });
});
