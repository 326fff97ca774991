import type { StreamRecord } from '#local/dynamodb/dynamodb.ts';

export type FailedBatch = {
  functionArn: string;
  streamArn: string;
  requestId: string;
  condition: string;
  invocations: number;
  records: readonly StreamRecord[];
  nowMs: number;
};

/** What Lambda sends to the on-failure destination: where the records are, not the records. */
export function failedBatch(failed: FailedBatch): string {
  const { functionArn, streamArn, requestId, condition, invocations, records, nowMs } = failed;
  const first = records[0]?.dynamodb;
  const last = records.at(-1)?.dynamodb;
  return JSON.stringify({
    requestContext: {
      requestId,
      functionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000000000000000000-00000000',
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: momentOf(first?.ApproximateCreationDateTime),
      approximateArrivalOfLastRecord: momentOf(last?.ApproximateCreationDateTime),
      batchSize: records.length,
      streamArn,
    },
  });
}

function momentOf(epochSeconds: number | undefined): string | undefined {
  return epochSeconds === undefined ? undefined : new Date(epochSeconds * 1000).toISOString();
}
