import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createSqs } from '#local/sqs/sqs.ts';
import { clientOf } from './sdk-client.ts';
import { testHost } from './test-host.ts';

async function queue() {
  const client = new SQSClient(clientOf(createSqs(testHost())));
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'work' }));
  return { client, QueueUrl };
}

// The client computes the digests of bodies itself and throws when they differ.
describe('SQS through the real client', () => {
  it('carries body, attributes and digests', async () => {
    const { client, QueueUrl } = await queue();
    const MessageAttributes = {
      traceId: { DataType: 'String', StringValue: 'т-1' },
      attempt: { DataType: 'Number', StringValue: '3' },
      raw: { DataType: 'Binary.gzip', BinaryValue: new Uint8Array([0, 255, 16]) },
    };
    const MessageBody = '{"оплата":"💳"}';
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }),
    );
    const { Messages } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    expect(Messages).toHaveLength(1);
    const [message] = Messages!;
    expect(message).toMatchObject({
      Body: MessageBody,
      MessageId: sent.MessageId,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', SenderId: 'root' },
    });
    expect(message?.MessageAttributes?.['raw']?.BinaryValue).toEqual(new Uint8Array([0, 255, 16]));
    expect(message?.MessageAttributes?.['traceId']?.StringValue).toBe('т-1');
  });

  it('sends and deletes in batches', async () => {
    const { client, QueueUrl } = await queue();
    const bodies = [
      { Id: 'a', MessageBody: '1' },
      { Id: 'b', MessageBody: '2' },
    ];
    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: bodies }));
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    const Entries = Messages!.map(({ ReceiptHandle }, at) => ({ Id: `e${at}`, ReceiptHandle }));
    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(deleted.Successful).toHaveLength(2);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      QueueArn: 'arn:aws:sqs:eu-central-1:000000000000:work',
    });
  });

  it('throws the error classes of the client', async () => {
    const { client, QueueUrl } = await queue();
    const missing = client.send(
      new SendMessageCommand({ QueueUrl: `${QueueUrl}-other`, MessageBody: 'x' }),
    );
    await expect(missing).rejects.toBeInstanceOf(QueueDoesNotExist);
    const handle = client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: 'no', VisibilityTimeout: 1 }),
    );
    await expect(handle).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});
