import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createKms } from '#local/kms/kms.ts';
import {
  SETTLE_PAYMENT,
  type SettlePaymentCommand,
  settlePaymentFromWire,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { logger } from '#shared/platform/logger.ts';
import { createSealer } from '#shared/platform/sealed-box.ts';
import { fromItem } from '#shared/platform/table.ts';
import { createFileDeadLetter } from '#shared/webhooks/adapters/dead-letter-store.ts';
import { createWebhookPorts, QueueRefused } from '#shared/webhooks/adapters/webhook-ports.ts';
import { rawToBytes } from '#shared/webhooks/domain/raw-record.ts';
import type { RefusedDelivery } from '#shared/webhooks/domain/refused-delivery.ts';
import { BODY_LIMIT_BYTES } from '#shared/webhooks/usecases/receive-notification.ts';
import { NOW, rawRequest } from '#test/gateways/request.ts';
import { clientOf } from '#test/local/sqs/sdk-client.ts';
import { testHost } from '#test/local/sqs/test-host.ts';
import { statement } from '#test/payments/builders.ts';
import { COURSE, createLab, message } from '#test/support/ledger-lab.ts';

const QUEUE_URL = 'https://sqs.example/payments';
const sqs = mockClient(SQSClient);

beforeEach(() => {
  sqs.reset();
});

function portsOn(client: DynamoDBClient) {
  return createWebhookPorts({
    sqs: new SQSClient({ region: 'eu-central-1' }),
    queueUrl: QUEUE_URL,
    deliveries: { client, name: 'deliveries' },
    ledger: { client, name: 'ledger' },
  });
}

const ports = portsOn(new DynamoDBClient({ region: 'eu-central-1' }));

function commands(count: number): SettlePaymentCommand[] {
  return Array.from({ length: count }, (_, index) => ({
    command: SETTLE_PAYMENT,
    statement: statement({ paymentId: `p${index}` }),
    receivedAt: NOW,
    raw: { sha256: 'a'.repeat(64), box: 'box', key: 'key' },
  }));
}

function refusal(changes: Partial<RefusedDelivery> = {}): RefusedDelivery {
  return {
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    gateway: 'tbank',
    seller: 'school',
    at: NOW,
    refusal: 'signature_mismatch',
    detail: 'the token does not match',
    method: 'POST',
    kind: undefined,
    sourceIp: '127.0.0.1',
    bodyBytes: 2,
    ...changes,
  };
}

describe('queueing statements', () => {
  it('sends one as one message, in the seller’s own group', async () => {
    sqs.on(SendMessageCommand).resolves({ MessageId: 'm' });
    const [only] = commands(1);
    await ports.enqueue('school', [only!]);
    expect(sqs).toHaveReceivedCommandExactlyOnceWith(SendMessageCommand, {
      QueueUrl: QUEUE_URL,
      MessageBody: settlePaymentToWire(only!),
      MessageGroupId: 'school',
    });
    const [call] = sqs.commandCalls(SendMessageCommand);
    expect(settlePaymentFromWire(call?.args[0].input.MessageBody ?? '')).toEqual(only);
  });

  it('sends many in batches of ten, each in the seller’s group, each once', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] });
    await ports.enqueue('school', commands(23));
    const batches = sqs
      .commandCalls(SendMessageBatchCommand)
      .map(({ args: [command] }) => command.input.Entries ?? []);
    expect(batches.map((entries) => entries.length)).toEqual([10, 10, 3]);
    for (const entries of batches) {
      expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
      expect(entries.every(({ MessageGroupId }) => MessageGroupId === 'school')).toBe(true);
    }
    const sent = batches
      .flat()
      .map(({ MessageBody = '' }) => settlePaymentFromWire(MessageBody).statement.paymentId);
    expect(sent).toEqual(commands(23).map((command) => command.statement.paymentId));
  });

  it('fails when the queue took only a part of a batch, and sends no further one', async () => {
    sqs.on(SendMessageBatchCommand).resolves({
      Failed: [{ Id: '3', Code: 'InternalError', SenderFault: false }],
    });
    const queued = ports.enqueue('school', commands(12));
    await expect(queued).rejects.toBeInstanceOf(QueueRefused);
    await expect(queued).rejects.toThrow('1 of 10 messages not queued');
    expect(sqs).toHaveReceivedCommandTimes(SendMessageBatchCommand, 1);
  });

  it('fails when the queue cannot be reached', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('timeout'));
    sqs.on(SendMessageBatchCommand).rejects(new Error('timeout'));
    await expect(ports.enqueue('school', commands(1))).rejects.toThrow('timeout');
    await expect(ports.enqueue('school', commands(2))).rejects.toThrow('timeout');
  });
});

describe('keeping a refused request', () => {
  it('writes it under its day, to go after thirty days', async () => {
    const { client } = await createLab();
    await portsOn(client).keepRefused(refusal());
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'deliveries' }));
    expect(Items.map(fromItem)).toEqual([
      expect.objectContaining({
        pk: 'REFUSED#2026-11-22',
        sk: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
        refusal: 'signature_mismatch',
        expiresAt: BigInt(Date.UTC(2026, 11, 22, 12) / 1000),
      }),
    ]);
  });

  it('changes nothing for the gateway when the table does not take it', async () => {
    const warned = vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const dynamodb = mockClient(DynamoDBClient);
    try {
      dynamodb.on(PutItemCommand).rejects(new Error('throttled'));
      const raw = { box: 'sealed-box', key: 'k', sha256: 'a'.repeat(64) };
      await expect(ports.keepRefused(refusal({ raw }))).resolves.toBeUndefined();
      expect(dynamodb).toHaveReceivedCommandTimes(PutItemCommand, 1);
      expect(warned).toHaveBeenCalledOnce();
      expect(JSON.stringify(warned.mock.calls)).not.toContain('sealed-box');
    } finally {
      dynamodb.restore();
      warned.mockRestore();
    }
  });
});

describe('the largest request that is taken', () => {
  it('fits, sealed, into a queue message and into a table item', async () => {
    const { client } = await createLab();
    const kms = new KMSClient(clientOf(createKms(testHost())));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const sealer = createSealer(kms, KeyMetadata?.KeyId ?? '', () => NOW);
    // API Gateway takes at most 10,240 bytes of headers.
    const headers = { 'x-header': 'h'.repeat(10_240) };
    const request = rawRequest({ headers, body: new Uint8Array(BODY_LIMIT_BYTES) });
    const raw = { ...(await sealer.seal(rawToBytes(request))), sha256: 'a'.repeat(64) };
    const [command] = commands(1);
    const body = settlePaymentToWire({ ...command!, raw });
    expect(Buffer.byteLength(body)).toBeLessThan(1024 * 1024);

    await portsOn(client).keepRefused(refusal({ raw }));
    await createFileDeadLetter({ client, name: 'deliveries' })({
      id: 'dead',
      diedAt: NOW,
      reason: 'r'.repeat(1024),
      source: 'payments-dead-letters',
      receives: 1,
      body,
    });
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'deliveries' }));
    expect(Items.map((item) => item['pk']?.S).sort()).toEqual(['DEAD', 'REFUSED#2026-11-22']);
  });
});

describe('what an invoice says of itself', () => {
  it('is what is due now, whether it is open, and whose it is', async () => {
    const lab = await createLab();
    const { invoiceFacts } = portsOn(lab.client);
    expect(await invoiceFacts('school', 'ord_72')).toBeUndefined();
    await lab.createInvoice(COURSE);
    expect(await invoiceFacts('school', 'ord_72')).toEqual({
      payerId: 'payer_00000001',
      due: { minor: 490_000n, currency: 'RUB' },
      isOpen: true,
    });
    const part = statement({ totals: { captured: 90_000n } });
    await lab.settler()([message(lab, part)]);
    expect(await invoiceFacts('school', 'ord_72')).toMatchObject({
      due: { minor: 400_000n },
      isOpen: true,
    });
    await lab.settler()([message(lab, statement())]);
    expect(await invoiceFacts('school', 'ord_72')).toMatchObject({
      due: { minor: 0n },
      isOpen: false,
    });
    expect(await invoiceFacts('another', 'ord_72')).toBeUndefined();
  });
});

describe('filing a dead letter', () => {
  it('is done once, however often the queue brings it', async () => {
    const { client } = await createLab();
    const file = createFileDeadLetter({ client, name: 'deliveries' });
    const letter = {
      id: 'm1',
      diedAt: NOW,
      reason: 'payment.currency_conflict',
      source: 'payments-dead-letters',
      receives: 3,
      body: '{}',
    };
    expect(await file(letter)).toBe('filed');
    expect(await file({ ...letter, receives: 4 })).toBe('already_filed');
    expect(await file({ ...letter, id: 'm2' })).toBe('filed');
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'deliveries' }));
    expect(Items.map(fromItem).map(({ id, receives }) => [id, receives])).toEqual([
      ['m1', 3n],
      ['m2', 3n],
    ]);
  });
});
