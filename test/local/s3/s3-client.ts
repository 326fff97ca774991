import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { AwsError } from '#local/kernel/aws-error.ts';
import { readS3Request, type S3HttpResponse, writeS3Answer, writeS3Error } from '#local/s3/rest.ts';
import { createS3 } from '#local/s3/s3.ts';
import { ROOT, type TestHost, testHost } from '../sqs/test-host.ts';

type SdkRequest = {
  method: string;
  path: string;
  hostname: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: Uint8Array | string;
};

/** Node's client reads bodies as streams. */
function responseOf({ status, headers, body }: S3HttpResponse) {
  return { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) };
}

/** A real S3 client whose requests reach the engine through its HTTP mapping, without a network. */
export function s3(host: TestHost = testHost(), forcePathStyle = true) {
  const service = createS3(host);
  async function handle(request: SdkRequest) {
    const pairs = Object.entries(request.query).map(
      ([name, value]) => [name, String(value ?? '')] as [string, string],
    );
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const http = {
      method: request.method,
      path: request.path,
      query: new URLSearchParams(pairs),
      headers: { ...headers, host: request.hostname },
      body: Buffer.from(request.body ?? ''),
    };
    try {
      const { operation, input } = readS3Request(http);
      const answer = writeS3Answer(operation, await service.call(operation, input, ROOT));
      return { response: responseOf(answer) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const answer = writeS3Error(error, http);
      return { response: responseOf(answer) };
    }
  }
  const client = new S3Client({
    region: 'eu-central-1',
    forcePathStyle,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { handle } as never,
  });
  return { host, service, client };
}
