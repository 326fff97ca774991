import { expect } from 'vitest';
import * as z from 'zod';
import type { Scope } from '#shared/operator-api/contracts/operation.ts';
import { OPERATIONS } from '#shared/operator-api/contracts/operations.ts';
import { problemDetails } from '#shared/operator-api/contracts/problem.ts';
import description from '../../docs/openapi.json' with { type: 'json' };
import type { World } from './world.ts';

export type CallOptions = {
  readonly body?: unknown;
  /** The body as bytes or text, when it shall not be JSON. */
  readonly rawBody?: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Record<string, string>;
  readonly scopes?: readonly Scope[];
  /** What stands in the request context in place of a verified token. */
  readonly requestContext?: unknown;
};

export type Called = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose shape was checked.
  readonly body: any;
};

/** Calls the API as API Gateway would, and holds every answer against the published description. */
export async function call(
  { app }: Pick<World, 'app'>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  options: CallOptions = {},
): Promise<Called> {
  const { scopes = ['operators/read', 'operators/write'] } = options;
  const requestContext =
    'requestContext' in options
      ? options.requestContext
      : { authorizer: { jwt: { claims: { sub: 'operator-1', scope: scopes.join(' ') } } } };
  const response = await app.request(path, requestInit(method, options), { requestContext });
  const body: unknown = JSON.parse(await response.text());
  expectDescribed(method, path, response, body);
  return { status: response.status, headers: response.headers, body };
}

function requestInit(method: string, options: CallOptions): RequestInit {
  const { body, rawBody, contentType = 'application/json', headers = {} } = options;
  const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  if (content === undefined) return { method, headers };
  const bytes = typeof content === 'string' ? content : new Uint8Array(content);
  return { method, headers: { 'content-type': contentType, ...headers }, body: bytes };
}

function expectDescribed(method: string, path: string, response: Response, body: unknown): void {
  const { status, headers } = response;
  expect(headers.get('cache-control')).toBe('no-store');
  const isProblem = status >= 400;
  const type = isProblem ? 'application/problem+json' : 'application/json';
  expect(headers.get('content-type')).toBe(type);
  if (isProblem) expect(problemDetails.parse(body).status).toBe(status);
  const operation = OPERATIONS.find(
    (candidate) => candidate.method.toUpperCase() === method && matches(candidate.path, path),
  );
  if (!operation) {
    expect([404, 405]).toContain(status);
    return;
  }
  const answer = operation.answers[status];
  if (!isProblem) expect(answer?.schema.safeParse(body).error).toBeUndefined();
  const published = publishedSchema(operation.path, operation.method, status, type);
  expect(published.safeParse(body).error).toBeUndefined();
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path.replace(/\?.*$/, ''));
}

/** The schema that the committed document gives for an answer. Fails when it names none. */
function publishedSchema(path: string, method: string, status: number, type: string): z.ZodType {
  const place = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
  const schema = place.reduce<unknown>(
    (node, name) => (isRecord(node) ? node[name] : undefined),
    description,
  );
  if (!isRecord(schema)) throw new Error(`${method} ${path} does not describe ${status} ${type}`);
  return compiled({ ...schema, $defs: description.components.schemas });
}

const known = new Map<string, z.ZodType>();

function compiled(schema: Record<string, unknown>): z.ZodType {
  const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/');
  const found = known.get(text) ?? z.fromJSONSchema(JSON.parse(text));
  known.set(text, found);
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
