import { randomUUID } from 'node:crypto';
import type { Json } from '#local/kernel/service.ts';
import type { HttpApi } from './api-definition.ts';
import type { HttpRequest } from './http-message.ts';

/** Everything that stands in the event beside the request itself. */
export type EventContext = {
  api: HttpApi;
  routeKey: string;
  parameters: Readonly<Record<string, string>>;
  /** Claims and scopes of a verified token. */
  authorizer: Json | undefined;
  sourceIp: string;
  requestId: string;
  nowMs: number;
};

const TEXT_TYPES = /^(text\/|application\/(json|javascript|xml)(;|$))/i;

/** Builds the event of payload format 2.0. */
export function buildApiEvent(request: HttpRequest, context: EventContext): Json {
  const { api, routeKey, parameters, authorizer, sourceIp, requestId, nowMs } = context;
  const { cookie, ...headers } = withForwarding(request, context);
  const host = headers['host'] ?? '';
  return {
    version: '2.0',
    routeKey,
    rawPath: request.path,
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...optional('queryStringParameters', queryParameters(request.query)),
    requestContext: {
      accountId: api.accountId,
      apiId: api.id,
      ...(authorizer ? { authorizer } : {}),
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: request.method,
        path: request.path,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: api.stage,
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    ...optional('pathParameters', parameters),
    ...bodyOf(request),
  };
}

function optional(name: string, values: Readonly<Record<string, string>>): Json {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}

/** Text stays text only for types that API Gateway takes for text; all else is base64. */
function bodyOf({ body, headers }: HttpRequest): Json {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = body.toString('utf8');
  const isText = TEXT_TYPES.test(headers['content-type'] ?? '') && Buffer.from(text).equals(body);
  if (isText) return { body: text, isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}

function withForwarding(request: HttpRequest, context: EventContext): Record<string, string> {
  const { 'x-forwarded-for': before, ...rest } = request.headers;
  return {
    ...rest,
    'x-amzn-trace-id': `Root=1-${Math.floor(context.nowMs / 1000).toString(16)}-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    'x-forwarded-for': before === undefined ? context.sourceIp : `${before}, ${context.sourceIp}`,
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  };
}

/** Repeated parameters are joined by a comma. */
function queryParameters(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    values[name] = name in values ? `${values[name]},${value}` : value;
  }
  return values;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function commonLogTime(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
