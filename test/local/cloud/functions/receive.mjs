import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});

export async function handler(event) {
  const MessageBody = event.isBase64Encoded
    ? Buffer.from(event.body, 'base64').toString()
    : event.body;
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody }));
  return { statusCode: 200, body: 'OK' };
}
