import { AwsError } from './aws-error.ts';
import type { Caller, Json, Service } from './service.ts';

/** The parts of the SDK's HTTP request that are needed here. */
type SdkRequest = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type SdkResponse = {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
};

/** What an AWS SDK client takes as its `requestHandler`. */
export type SdkRequestHandler = {
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
};

type Target = { service: string; errorNamespace: string };

/** The prefix of `x-amz-target` says which service is meant and how it names its errors. */
const TARGETS: Readonly<Record<string, Target>> = {
  DynamoDB_20120810: {
    service: 'dynamodb',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810#',
  },
  DynamoDBStreams_20120810: {
    service: 'dynamodb',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810#',
  },
  AmazonSQS: { service: 'sqs', errorNamespace: 'com.amazonaws.sqs#' },
  AWSEvents: { service: 'events', errorNamespace: '' },
  secretsmanager: { service: 'secretsmanager', errorNamespace: '' },
  TrentService: { service: 'kms', errorNamespace: '' },
};

/** Lets real AWS SDK clients talk to engines in the same process. IAM is not consulted. */
export function sdkRequestHandler(services: readonly Service[], caller: Caller): SdkRequestHandler {
  return {
    async handle(request) {
      return { response: await answer(services, caller, request) };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

async function answer(
  services: readonly Service[],
  caller: Caller,
  request: SdkRequest,
): Promise<SdkResponse> {
  const { target, operation } = targetOf(request);
  const service = services.find(({ name }) => name === target.service);
  if (!service) throw new Error(`no engine for ${target.service} was given to the request handler`);
  try {
    return respond(200, await service.call(operation, parseBody(request.body), caller));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return respondError(error, target.errorNamespace);
  }
}

function targetOf(request: SdkRequest): { target: Target; operation: string } {
  const header = request.headers['x-amz-target'] ?? '';
  const [prefix = '', operation = ''] = header.split('.');
  const target = Object.hasOwn(TARGETS, prefix) ? TARGETS[prefix] : undefined;
  if (!target) throw new Error(`the request handler does not know the target "${header}"`);
  return { target, operation };
}

function parseBody(body: unknown): Json {
  if (body === undefined || body === null) return {};
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
  if (typeof text !== 'string') throw new Error('the request body is neither text nor bytes');
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  throw new Error('the request body is not a JSON object');
}

function respondError(error: AwsError, namespace: string): SdkResponse {
  const type = `${namespace}${error.code}`;
  return respond(error.status, { __type: type, message: error.message, ...error.fields });
}

function respond(statusCode: number, content: Json): SdkResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: new TextEncoder().encode(JSON.stringify(content)),
  };
}
