import { ROOT } from '#local/iam/iam.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';

const CALLER = { principal: ROOT };

/** Attributes that the template and the API name alike. */
const ATTRIBUTES = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

/** Creates queues that are new and brings those of an earlier start to the template's settings. */
export async function provideQueues(deployment: Deployment, sqs: SqsService): Promise<void> {
  const queues = deployment.resources('AWS::SQS::Queue');
  const known = new Set(sqs.queueNames());
  for (const queue of queues) {
    const QueueName = queue.attribute('QueueName');
    const Attributes = attributesOf(queue);
    if (known.has(QueueName)) {
      await sqs.call('SetQueueAttributes', { QueueUrl: queue.ref, Attributes }, CALLER);
    } else {
      const isFifo = queue.properties['FifoQueue'] === true;
      const all = isFifo ? { ...Attributes, FifoQueue: 'true' } : Attributes;
      await sqs.call('CreateQueue', { QueueName, Attributes: all }, CALLER);
    }
  }
  // Dead-letter queues may stand behind the queues that name them, so the links come last.
  for (const queue of queues) {
    const policy = queue.properties['RedrivePolicy'];
    const Attributes = { RedrivePolicy: policy === undefined ? '' : JSON.stringify(policy) };
    await sqs.call('SetQueueAttributes', { QueueUrl: queue.ref, Attributes }, CALLER);
  }
}

function attributesOf({ properties }: Resource): Record<string, string> {
  const entries = ATTRIBUTES.flatMap((name) => {
    const value = properties[name];
    if (value === undefined) return [];
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const];
  });
  return Object.fromEntries(entries);
}
