import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const db = new DynamoDBClient({});

async function settle({ messageId, body, attributes }) {
  const payment = JSON.parse(body);
  if (payment.fails) throw new Error(`payment ${payment.id} fails`);
  const Item = {
    pk: { S: payment.id },
    receives: { N: attributes.ApproximateReceiveCount },
    messageId: { S: messageId },
  };
  await db.send(new PutItemCommand({ TableName: process.env.TABLE, Item }));
}

/** Fails single messages, or the whole batch when one of them says so. */
export async function handler(event) {
  const bodies = event.Records.map(({ body }) => JSON.parse(body));
  if (bodies.some((payment) => payment.crashes)) throw new Error('the whole batch fails');
  const results = await Promise.allSettled(event.Records.map(settle));
  const batchItemFailures = event.Records.filter((_, at) => results[at].status === 'rejected').map(
    ({ messageId }) => ({ itemIdentifier: messageId }),
  );
  console.log(
    JSON.stringify({
      batch: event.Records.length,
      failed: batchItemFailures.length,
      Settled: event.Records.length - batchItemFailures.length,
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          { Namespace: 'Test', Dimensions: [[]], Metrics: [{ Name: 'Settled', Unit: 'Count' }] },
        ],
      },
    }),
  );
  return { batchItemFailures };
}
