import { randomUUID } from 'node:crypto';
import { CLOUDWATCH_TARGET, cloudWatchBody } from '#local/cloudwatch/protocol.ts';
import type { Access } from '#local/iam/access.ts';
import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json, Service } from '#local/kernel/service.ts';
import { wireNameOf } from '#local/sqs/error-names.ts';
import { asObject } from '#local/template/json.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** One operation, whatever protocol it came by. */
export type AwsCall = { service: string; operation: string; input: Json };

/** A protocol that is not plain AWS JSON: it names the call and renders its answer. */
export type RestProtocol = {
  read(request: HttpRequest): AwsCall;
  answer(call: AwsCall, output: Json): HttpResponse;
  fail(error: AwsError, request: HttpRequest): HttpResponse;
};

export type AwsFrontOptions = {
  services: ReadonlyMap<string, Service>;
  access: Access;
  clock: Clock;
  /** By the service name in the signature's scope: `s3`, `scheduler`, `monitoring`, `lambda`. */
  protocols: ReadonlyMap<string, RestProtocol>;
  /** By how much a stage fault delays this call. */
  delayMs(principal: string, call: AwsCall): number;
  /** Last changes to an answer, for example queue URLs that lead back here. */
  finish(call: AwsCall, output: Json): Json;
  onProblem(message: string): void;
};

/** `x-amz-target` prefix -> service. */
const SERVICE_OF_TARGET: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  DynamoDBStreams_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  secretsmanager: 'secretsmanager',
  TrentService: 'kms',
  [CLOUDWATCH_TARGET]: 'cloudwatch',
};

const CREDENTIAL = /Credential=([^/]+)\/[^/]*\/[^/]*\/([^/]+)\/aws4_request/;

/** The AWS wire protocols on one port. The access key says which role calls. */
export class AwsFront {
  readonly #options: AwsFrontOptions;

  constructor(options: AwsFrontOptions) {
    this.#options = options;
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const credential = CREDENTIAL.exec(request.headers['authorization'] ?? '');
    const principal = this.#options.access.iam.principalOfKey(credential?.[1]);
    const protocol = this.#protocolOf(request, credential?.[2]);
    const response = await this.#run(request, protocol, principal);
    return {
      ...response,
      headers: { 'x-amzn-requestid': randomUUID(), ...response.headers },
    };
  }

  async #run(
    request: HttpRequest,
    protocol: RestProtocol,
    principal: string,
  ): Promise<HttpResponse> {
    try {
      const call = protocol.read(request);
      const output = await this.#call(call, principal);
      return protocol.answer(call, this.#options.finish(call, output));
    } catch (error) {
      return protocol.fail(this.#asAwsError(error), request);
    }
  }

  async #call(call: AwsCall, principal: string): Promise<Json> {
    const { services, access, clock, delayMs } = this.#options;
    const service = services.get(call.service);
    if (!service) throw notEmulated(call.service, call.operation);
    const delay = delayMs(principal, call);
    if (delay > 0) {
      await new Promise<void>((resolve) => clock.schedule(clock.now() + delay, resolve));
    }
    access.authorize(principal, service.permissions(call.operation, call.input));
    return service.call(call.operation, call.input, { principal });
  }

  #protocolOf(request: HttpRequest, scope: string | undefined): RestProtocol {
    const rest = scope === undefined ? undefined : this.#options.protocols.get(scope);
    if (request.headers['x-amz-target'] !== undefined) return JSON_PROTOCOL;
    if (rest) return rest;
    if (scope !== undefined) return otherProtocol(scope);
    // Unsigned requests, for example from a browser, can only mean an object.
    return this.#options.protocols.get('s3') ?? JSON_PROTOCOL;
  }

  #asAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.onProblem(`a call failed inside the local cloud: ${message}`);
    return new AwsError('InternalFailure', message, 500);
  }
}

/** The AWS JSON protocol 1.0 and 1.1: the target header names the operation. */
const JSON_PROTOCOL: RestProtocol = {
  read(request) {
    const target = request.headers['x-amz-target'] ?? '';
    const [prefix = '', operation = ''] = target.split('.');
    const service = SERVICE_OF_TARGET[prefix];
    if (!service) throw notEmulated(prefix || 'an unknown service', operation || request.path);
    const text = cloudWatchBody(request.body, request.headers['content-encoding']);
    return { service, operation, input: text === '' ? {} : asObject(parseJson(text), 'request') };
  },
  answer: (_call, output) => ({
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(output),
  }),
  fail: (error, request) =>
    request.headers['x-amz-target']?.startsWith('AmazonSQS.')
      ? renderNamedError(error, wireNameOf(error))
      : renderJsonError(error),
};

/** Older clients speak the query or CBOR protocol: refused by name, not taken for an object of S3. */
function otherProtocol(service: string): RestProtocol {
  return {
    ...JSON_PROTOCOL,
    read(request) {
      const action = /(?:^|&)Action=(\w+)/.exec(request.body.toString())?.[1];
      const operation = action ?? request.path.split('/').at(-1) ?? '';
      throw notEmulated(service, `${operation} outside of the AWS JSON protocol`);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'the request body is not JSON');
  }
}

/** An error in the AWS JSON protocol. */
export function renderJsonError(error: AwsError): HttpResponse {
  return renderNamedError(error, { shape: error.code, queryCode: error.code });
}

/** SQS clients read an older code than the shape's name from a header of its own. */
function renderNamedError(
  error: AwsError,
  { shape, queryCode }: ReturnType<typeof wireNameOf>,
): HttpResponse {
  const fault = error.status >= 500 ? 'Receiver' : 'Sender';
  return {
    status: error.status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-errortype': shape,
      'x-amzn-query-error': `${queryCode};${fault}`,
    },
    body: JSON.stringify({
      ...error.fields,
      __type: `com.amazonaws#${shape}`,
      message: error.message,
    }),
  };
}
