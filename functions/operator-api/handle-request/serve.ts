import type { Context, Hono } from 'hono';
import type * as z from 'zod';
import type { AnswerOf, Operation } from '#shared/operator-api/contracts/operation.ts';
import { isRejection, type Rejection, reject } from '#shared/operator-api/contracts/problem.ts';
import { type Caller, callerOf, mayDo } from './caller.ts';
import { problem } from './problems.ts';
import { queryValues, readBody, readParameters } from './read-request.ts';

/** What the Lambda adapter hands over with each request. */
export type Bindings = { readonly requestContext?: unknown };
export type Api = Hono<{ Bindings: Bindings }>;
type ApiContext = Context<{ Bindings: Bindings }>;

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A request that was read and allowed, as the operation's schemas type it. */
export type Asked<O extends Operation> = {
  readonly caller: Caller;
  readonly params: z.output<O['params']>;
  readonly query: z.output<O['query']>;
  readonly headers: OutputOf<O['headers']>;
  readonly body: OutputOf<O['body']>;
};

export type Handler<O extends Operation> = (asked: Asked<O>) => Promise<AnswerOf<O> | Rejection>;

/** Called after an operation that may have changed something. */
export type WriteLog = (entry: {
  readonly operation: string;
  readonly by: string;
  readonly params: object;
  readonly status: number;
}) => void;

/** Serves an operation: who asks, what they ask, and then the handler. */
export function serve<O extends Operation>(
  api: Api,
  operation: O,
  handler: Handler<O>,
  log: WriteLog,
): void {
  api.on(operation.method, honoPath(operation.path), async (context) => {
    const asked = await readAsked(context, operation);
    if (isRejection(asked)) return problem(asked);
    const answer = await handler(asked);
    const response = isRejection(answer) ? problem(answer) : answered(answer);
    if (operation.method !== 'get') {
      const { caller, params } = asked;
      log({ operation: operation.id, by: caller.sub, params, status: response.status });
    }
    return response;
  });
}

/** OpenAPI writes `{id}`, the router `:id`. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function readAsked<O extends Operation>(
  context: ApiContext,
  operation: O,
): Promise<Asked<O> | Rejection> {
  const caller = callerOf(context.env?.requestContext);
  if (!caller) return reject('request.unauthenticated');
  if (!mayDo(caller, operation.scope)) {
    return reject('request.scope_missing', `It needs ${operation.scope}.`);
  }
  const parameters = readAllParameters(context, operation);
  if (isRejection(parameters)) return parameters;
  const body = operation.body ? await readBody(context.req.raw, operation.body) : NOTHING;
  if (isRejection(body)) return body;
  // Each part was parsed by the schema that types it; the compiler cannot follow that through `O`.
  return { caller, ...parameters, body: body.value } as Asked<O>;
}

const NOTHING = { value: undefined };

function readAllParameters(context: ApiContext, { params, query, headers }: Operation) {
  const path = readParameters('path', params, context.req.param());
  if (isRejection(path)) return path;
  const queryText = queryValues(context.req.url);
  if (isRejection(queryText)) return queryText;
  const asked = readParameters('query', query, queryText);
  if (isRejection(asked)) return asked;
  const head = headers ? readParameters('header', headers, context.req.header()) : NOTHING;
  if (isRejection(head)) return head;
  return { params: path.value, query: asked.value, headers: head.value };
}

function answered({ status, body }: { status: number; body: unknown }): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
