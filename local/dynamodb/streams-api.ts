import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { streamArn } from './arns.ts';
import type { Database } from './database.ts';
import { validation } from './errors.ts';
import { choice, constraint, optionalInteger, optionalString, requiredString } from './input.ts';
import { tableNameIn } from './keys.ts';
import { formatSequence, type StreamLog, type StreamRecord } from './stream-log.ts';
import type { Table } from './table.ts';
import { keySchema } from './tables-api.ts';

/** A table's whole stream is one shard, which never closes. */
const SHARD_ID = 'shardId-00000000000000000001-00000001';
const RECORDS_MAX = 1000;
const ITERATOR_TYPES = [
  'TRIM_HORIZON',
  'LATEST',
  'AT_SEQUENCE_NUMBER',
  'AFTER_SEQUENCE_NUMBER',
] as const;
const ITERATOR_LIFE_MS = 15 * 60 * 1000;

type Streamed = { table: Table; stream: StreamLog };

export function listStreams(database: Database, input: Json): Json {
  const only = optionalString(input, 'TableName');
  const tables = database
    .tables()
    .filter((table) => table.stream && (only === undefined || table.name === tableNameIn(only)));
  return {
    Streams: tables.map((table) => ({
      StreamArn: streamArn(database.host, table),
      TableName: table.name,
      StreamLabel: table.identity.streamLabel,
    })),
  };
}

export function describeStream(database: Database, input: Json): Json {
  const { table, stream } = streamOf(database, requiredString(input, 'StreamArn'));
  const oldest = Number(stream.beforeOldest(database.host.clock.now())) + 1;
  return {
    StreamDescription: {
      StreamArn: streamArn(database.host, table),
      StreamLabel: stream.label,
      StreamStatus: 'ENABLED',
      StreamViewType: stream.view,
      CreationRequestDateTime: table.identity.createdAtMs / 1000,
      TableName: table.name,
      KeySchema: keySchema(table.schema.keys),
      Shards: [
        {
          ShardId: SHARD_ID,
          SequenceNumberRange: { StartingSequenceNumber: formatSequence(oldest) },
        },
      ],
    },
  };
}

export function getShardIterator(database: Database, input: Json): Json {
  const arn = requiredString(input, 'StreamArn');
  const { stream } = streamOf(database, arn);
  const shard = requiredString(input, 'ShardId');
  if (shard !== SHARD_ID) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Shard does not exist: ${shard}`,
    );
  }
  const after = positionOf(stream, input, database.host.clock.now());
  return { ShardIterator: iterator(database, arn, after) };
}

export function getRecords(database: Database, input: Json): Json {
  const { arn, atMs, after } = parseIterator(requiredString(input, 'ShardIterator'));
  const { stream } = streamOf(database, arn);
  const nowMs = database.host.clock.now();
  if (nowMs > atMs + ITERATOR_LIFE_MS) {
    throw new AwsError(
      'ExpiredIteratorException',
      'Iterator expired. The iterator was created over 15 minutes ago.',
    );
  }
  if (after < stream.beforeOldest(nowMs)) {
    throw new AwsError(
      'TrimmedDataAccessException',
      'The operation attempted to read past the oldest stream record in a shard.',
    );
  }
  const limit = optionalInteger(input, 'Limit', 1) ?? RECORDS_MAX;
  if (limit > RECORDS_MAX) {
    throw constraint(
      String(limit),
      'Limit',
      `Member must have value less than or equal to ${RECORDS_MAX}`,
    );
  }
  const records = stream.readAfter(after, limit, nowMs);
  const reached = records.at(-1)?.dynamodb.SequenceNumber ?? after;
  return {
    Records: records.map(recordOfApi),
    NextShardIterator: iterator(database, arn, reached),
  };
}

/** The stream ARN that an iterator reads, for permission checks. */
export function arnOfIterator(shardIterator: string): string {
  return parseIterator(shardIterator).arn;
}

function positionOf(stream: StreamLog, input: Json, nowMs: number): string {
  requiredString(input, 'ShardIteratorType');
  switch (choice(input, 'ShardIteratorType', ITERATOR_TYPES)) {
    case 'TRIM_HORIZON':
      return stream.beforeOldest(nowMs);
    case 'LATEST':
      return stream.lastSequence();
    case 'AFTER_SEQUENCE_NUMBER':
      return sequenceOf(input, 0);
    case 'AT_SEQUENCE_NUMBER':
      return sequenceOf(input, -1);
  }
}

function sequenceOf(input: Json, shift: number): string {
  const text = requiredString(input, 'SequenceNumber');
  if (!/^\d{1,40}$/.test(text)) throw validation(`Invalid SequenceNumber: ${text}`);
  return formatSequence(Math.max(0, Number(text) + shift));
}

function iterator({ host }: Database, arn: string, after: string): string {
  return `${arn}|${host.clock.now()}|${after}`;
}

function parseIterator(text: string) {
  const [arn, at, after, ...rest] = text.split('|');
  if (!arn || !at || !after || rest.length > 0 || !/^\d+$/.test(`${at}${after}`)) {
    throw validation('Invalid ShardIterator');
  }
  return { arn, atMs: Number(at), after };
}

function streamOf(database: Database, arn: string): Streamed {
  const table = database.find(tableNameIn(arn));
  if (table?.stream && streamArn(database.host, table) === arn) {
    return { table, stream: table.stream };
  }
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: Stream: ${arn} not found`,
  );
}

/** The API spells the identity with capitals, Lambda's events do not. */
function recordOfApi(record: StreamRecord): Json {
  const { userIdentity: identity, ...rest } = record;
  if (!identity) return rest;
  return { ...rest, userIdentity: { Type: identity.type, PrincipalId: identity.principalId } };
}
