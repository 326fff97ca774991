import type { Json } from '#local/kernel/service.ts';
import type { ReceivedMessage } from '#local/sqs/receive.ts';
import { createSqs, type SqsService } from '#local/sqs/sqs.ts';
import { ROOT, type TestHost, testHost } from './test-host.ts';

/** Short words for the calls that most tests make. */
export function sqsDriver(host: TestHost = testHost(), service: SqsService = createSqs(host)) {
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  const urlOf = (name: string) => `https://sqs.eu-central-1.amazonaws.com/000000000000/${name}`;
  return {
    host,
    service,
    call,
    urlOf,
    arnOf: (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`,
    create: (name: string, attributes: Record<string, string> = {}) =>
      call('CreateQueue', { QueueName: name, Attributes: attributes }),
    createFifo: (name: string, attributes: Record<string, string> = {}) =>
      call('CreateQueue', {
        QueueName: name,
        Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true', ...attributes },
      }),
    send: (name: string, body: string, more: Json = {}) =>
      call('SendMessage', { QueueUrl: urlOf(name), MessageBody: body, ...more }),
    async receive(name: string, more: Json = {}): Promise<ReceivedMessage[]> {
      const answer = await call('ReceiveMessage', {
        QueueUrl: urlOf(name),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...more,
      });
      return (answer['Messages'] ?? []) as ReceivedMessage[];
    },
    remove: (name: string, receipt: string | undefined) =>
      call('DeleteMessage', { QueueUrl: urlOf(name), ReceiptHandle: receipt }),
    hide: (name: string, receipt: string | undefined, seconds: number) =>
      call('ChangeMessageVisibility', {
        QueueUrl: urlOf(name),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
  };
}

export const bodies = (messages: readonly ReceivedMessage[]) => messages.map(({ Body }) => Body);
