import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { dueOf } from '#shared/invoices/domain/invoice.ts';
import { epochMs } from '#shared/kernel/time.ts';
import { invoiceFromItem } from '#shared/ledger/adapters/items.ts';
import { invoiceItemKey } from '#shared/ledger/adapters/keys.ts';
import {
  type SettlePaymentCommand,
  settlePaymentToWire,
} from '#shared/payments/contracts/settle-payment.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { keyItem, type Table, toItem } from '#shared/platform/table.ts';
import type { RefusedDelivery } from '#shared/webhooks/domain/refused-delivery.ts';
import type { WebhookPorts } from '#shared/webhooks/ports.ts';
import { refusedKey } from './keys.ts';

/** SQS takes ten messages in one call. */
const MESSAGES_PER_CALL = 10;
/** … and one mebibyte of them; each message of a batch carries the whole sealed request. */
const BYTES_PER_CALL = 1_000_000;
/** Raw requests are personal data: they go after 30 days, inside the erasure term of 152-ФЗ. */
const KEEP_DAYS = 30;
const DAY_SECONDS = 86_400;

export type WebhookResources = {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly deliveries: Table;
  readonly ledger: Table;
};

export function createWebhookPorts({
  sqs,
  queueUrl,
  deliveries,
  ledger,
}: WebhookResources): WebhookPorts {
  return {
    enqueue: (seller, commands) => enqueue(sqs, queueUrl, seller, commands),
    keepRefused: (delivery) => keepRefused(deliveries, delivery),
    async invoiceFacts(seller, invoiceId) {
      const key = keyItem(invoiceItemKey({ seller, invoiceId }));
      const { Item } = await ledger.client.send(
        new GetItemCommand({ TableName: ledger.name, Key: key, ConsistentRead: true }),
      );
      if (!Item) return undefined;
      const invoice = invoiceFromItem(Item);
      const due = { minor: dueOf(invoice), currency: invoice.currency };
      return { payerId: invoice.payerId, due, isOpen: due.minor > 0n };
    },
  };
}

/** The group is the seller: a fair queue keeps one seller's launch from delaying the others. */
async function enqueue(
  sqs: SQSClient,
  queueUrl: string,
  seller: string,
  commands: readonly SettlePaymentCommand[],
) {
  const [only] = commands;
  if (only && commands.length === 1) {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: settlePaymentToWire(only),
        MessageGroupId: seller,
      }),
    );
    return;
  }
  for (const bodies of callsOf(commands.map(settlePaymentToWire))) {
    await sendBatch(sqs, queueUrl, seller, bodies);
  }
}

/** Splits messages, in order, into as many calls as the limits of one call demand. */
function callsOf(bodies: readonly string[]): string[][] {
  const calls: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = calls.at(-1);
    if (last && last.length < MESSAGES_PER_CALL && bytes + size <= BYTES_PER_CALL) {
      last.push(body);
      bytes += size;
    } else {
      calls.push([body]);
      bytes = size;
    }
  }
  return calls;
}

async function sendBatch(
  sqs: SQSClient,
  queueUrl: string,
  seller: string,
  bodies: readonly string[],
) {
  const entries = bodies.map((body, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageGroupId: seller,
  }));
  const { Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
  );
  // A part in the queue does no harm: the gateway repeats the whole batch and the join is idempotent.
  if (Failed.length > 0)
    throw new QueueRefused(`${Failed.length} of ${entries.length} messages not queued`);
}

/** The queue did not take everything; the gateway must come again. */
export class QueueRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'QueueRefused';
  }
}

async function keepRefused(deliveries: Table, delivery: RefusedDelivery): Promise<void> {
  const expiresAt = BigInt(Math.floor(epochMs(delivery.at) / 1000) + KEEP_DAYS * DAY_SECONDS);
  const item = toItem({ ...refusedKey(delivery), ...delivery, expiresAt });
  try {
    await deliveries.client.send(new PutItemCommand({ TableName: deliveries.name, Item: item }));
  } catch (error) {
    // The answer to the gateway is right with or without the copy; the counter has it already.
    logger.warn('refused delivery not kept', { deliveryId: delivery.id, ...reasonOf(error) });
  }
}
