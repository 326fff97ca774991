import type { DynamoDbService, StreamRecord } from '#local/dynamodb/dynamodb.ts';
import type { Json } from '#local/kernel/service.ts';
import { isObject, listOf } from '#local/template/json.ts';
import { type RemoteCall, remoteCall } from './aws-json.ts';
import { pause } from './remote-queues.ts';

const BETWEEN_READS_MS = 100;

type Listener = Parameters<DynamoDbService['onStreamRecord']>[0];

/**
 * DynamoDB elsewhere, for the local cloud: calls are passed on, and the streams of its tables are
 * read into a log that the event source mappings follow.
 */
export function remoteTables(endpoint: string): {
  service: DynamoDbService;
  stop(): Promise<void>;
} {
  const call = remoteCall(endpoint, 'dynamodb', 'DynamoDB_20120810');
  const streams = remoteCall(endpoint, 'dynamodb', 'DynamoDBStreams_20120810');
  const stopping = new AbortController();
  const tables = new Set<string>();
  const readers = new Map<string, StreamReader>();
  const listeners = new Set<Listener>();
  const tell: Listener = (table, record) => {
    for (const listener of listeners) listener(table, record);
  };
  const service: DynamoDbService = {
    name: 'dynamodb',
    faults: [],
    async call(operation, input) {
      const output = await call(operation, input);
      if (operation === 'CreateTable') {
        const name = String(input['TableName']);
        tables.add(name);
        const arn = streamArnOf(output);
        if (arn) readers.set(name, new StreamReader(streams, name, arn, stopping.signal, tell));
      }
      return output;
    },
    // IAM is left out: the server does not ask for it either.
    permissions: () => [],
    restore: () => {},
    snapshot: () => [],
    tableNames: () => [...tables],
    onStreamRecord(listener) {
      listeners.add(listener);
      for (const reader of readers.values()) reader.start();
      return () => listeners.delete(listener);
    },
    readStream: (name, after, limit) => readers.get(name)?.read(after, limit) ?? [],
    overwriteItemForTests() {
      throw new Error('only the engine can be tampered with');
    },
  };
  return {
    service,
    async stop() {
      stopping.abort();
      await Promise.all([...readers.values()].map((reader) => reader.ended));
    },
  };
}

function streamArnOf({ TableDescription: table }: Json): string | undefined {
  const arn = isObject(table) ? table['LatestStreamArn'] : undefined;
  return typeof arn === 'string' ? arn : undefined;
}

/** One table's stream. Everything read stays: the scenario is short. */
class StreamReader {
  readonly #call: RemoteCall;
  readonly #table: string;
  readonly #arn: string;
  readonly #signal: AbortSignal;
  readonly #tell: Listener;
  readonly #log: StreamRecord[] = [];
  #isStarted = false;
  ended: Promise<void> = Promise.resolve();

  constructor(call: RemoteCall, table: string, arn: string, signal: AbortSignal, tell: Listener) {
    this.#call = call;
    this.#table = table;
    this.#arn = arn;
    this.#signal = signal;
    this.#tell = tell;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.ended = this.#follow();
  }

  read(after: string | undefined, limit: number): readonly StreamRecord[] {
    const at = this.#log.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === after);
    return this.#log.slice(at + 1, at + 1 + limit);
  }

  /** A new table has one shard, and DynamoDB Local closes it after hours only. */
  async #follow(): Promise<void> {
    let iterator: unknown;
    while (!this.#signal.aborted) {
      try {
        iterator ??= await this.#firstIterator();
        const { Records, NextShardIterator } = await this.#call(
          'GetRecords',
          { ShardIterator: iterator },
          this.#signal,
        );
        iterator = NextShardIterator;
        for (const record of listOf(Records)) this.#add(record as StreamRecord); // The server's own shape.
      } catch {
        // It is being stopped, or the shard is not there yet; the position is kept.
      }
      if (!this.#signal.aborted) await pause(BETWEEN_READS_MS);
    }
  }

  #add(record: StreamRecord): void {
    this.#log.push(record);
    this.#tell(this.#table, record);
  }

  async #firstIterator(): Promise<unknown> {
    const { StreamDescription: described } = await this.#call('DescribeStream', {
      StreamArn: this.#arn,
    });
    const [shard] = listOf(isObject(described) ? described['Shards'] : undefined);
    const answer = await this.#call('GetShardIterator', {
      StreamArn: this.#arn,
      ShardId: isObject(shard) ? shard['ShardId'] : undefined,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    return answer['ShardIterator'];
  }
}
