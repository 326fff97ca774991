import { Agent, request } from 'node:http';
import { createDynamoDb } from '#local/dynamodb/dynamodb.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import { seededRandom } from '#test/local/dynamodb/engine.ts';

/** What came over the wire: the status and the parsed body, in which numbers of items are texts. */
export type Answer = { readonly status: number; readonly body: Json };

/** Something that answers DynamoDB calls. */
export type Target = { call(operation: string, input: Json): Promise<Answer> };

const STREAM_OPERATIONS = ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords'];

/** DynamoDB Local over HTTP. One connection: it slows down and misbehaves under several. */
export function dynamoDbLocalTarget(port: number): Target {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    call: (operation, input) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(input);
        const post = request(
          {
            agent,
            port,
            host: '127.0.0.1',
            method: 'POST',
            headers: headersOf(operation, body),
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () => {
              const text = Buffer.concat(chunks).toString('utf8');
              resolve({ status: response.statusCode ?? 0, body: bodyOf(text) });
            });
          },
        );
        post.on('error', reject);
        post.end(body);
      }),
  };
}

/** The signature is not checked, but a request without one is refused. */
function headersOf(operation: string, body: string): Record<string, string | number> {
  const api = STREAM_OPERATIONS.includes(operation) ? 'DynamoDBStreams' : 'DynamoDB';
  return {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `${api}_20120810.${operation}`,
    'x-amz-date': '20261122T120000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=conformance/20261122/eu-central-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
  };
}

function bodyOf(text: string): Json {
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  throw new Error(`the body of an answer is no JSON object: ${text}`);
}

/** The embedded engine, through the same JSON texts that the wire would carry. */
export function engineTarget(): Target {
  const service = createDynamoDb({
    clock: new VirtualClock(Date.UTC(2026, 10, 22, 12)),
    region: 'eu-central-1',
    accountId: '000000000000',
    random: seededRandom(1),
    persist: () => undefined,
  });
  return {
    async call(operation, input) {
      try {
        const answer = await service.call(operation, overTheWire(input), { principal: 'root' });
        return { status: 200, body: overTheWire(answer) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const { status, code, message, fields } = error;
        return { status, body: overTheWire({ __type: code, message, ...fields }) };
      }
    },
  };
}

function overTheWire(content: Json): Json {
  return bodyOf(JSON.stringify(content));
}
