import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { vi } from 'vitest';

/** Sets the environment of a function, and where the SDK is; `vi.unstubAllEnvs` takes it away. */
export function stubEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries({
    AWS_REGION: 'eu-central-1',
    STAGE: 'test',
    ...variables,
  }))
    vi.stubEnv(name, value);
}

export type Invocation<Result> = {
  /** What the function returned, or what it threw. */
  readonly result: Result;
  /** Everything it wrote to its log: log lines and metrics. */
  readonly log: string;
  /** The log lines, parsed. */
  readonly logged: readonly Record<string, unknown>[];
  /** All values of a metric. */
  values(metric: string): number[];
};

/** Runs a handler once and catches what it writes. */
export async function invoke<Result>(
  handler: (event: never, context: never) => unknown,
  event: object,
): Promise<Invocation<Result>> {
  const written: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    }),
  );
  try {
    const result = (await handler(event as never, {} as never)) as Result;
    return { result, ...readLog(written.join('')) };
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
}

function readLog(log: string) {
  const lines = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    log,
    logged: lines.filter((line) => 'level' in line),
    values: (metric: string) => lines.flatMap((line) => (line[metric] ?? []) as number[]),
  };
}

/** A queue message as Lambda gets it. */
export function sqsRecord(
  messageId: string,
  body: string,
  { receives = 1, reason }: { receives?: number; reason?: string } = {},
): SQSRecord {
  const sentAt = String(Date.UTC(2026, 10, 22, 12));
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: sentAt,
      SenderId: 'x',
      ApproximateFirstReceiveTimestamp: sentAt,
    },
    messageAttributes:
      reason === undefined ? {} : { Reason: { dataType: 'String', stringValue: reason } },
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:payments-dead-letters',
    awsRegion: 'eu-central-1',
  };
}

export function sqsEvent(...records: readonly SQSRecord[]): SQSEvent {
  return { Records: [...records] };
}

/** The identifiers of a batch response, in the order of their names. */
export function failedOf(response: {
  readonly batchItemFailures: readonly { itemIdentifier: string }[];
}): string[] {
  return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
}
