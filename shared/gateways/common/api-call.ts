import type * as z from 'zod';
import { OutboundRefused } from '#shared/platform/outbound/outbound-refused.ts';
import { type GatewayDeps, GatewayUnavailable } from '../gateway.ts';
import { pathOf } from './fields.ts';
import { parseJson } from './json.ts';
import { Refused } from './refused.ts';

/** Longer than any gateway needs for an answer, shorter than a worker's patience with a batch. */
const TIMEOUT_MS = 10_000;

/** A page of a hundred payments is about 300 KB. */
const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024;

export type ApiRequest = {
  /** For messages: `tbank`. */
  readonly gateway: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type ApiAnswer = { readonly status: number; readonly text: string };

/**
 * Asks a gateway's API. Gives any answer that the gateway itself decided on (2xx and 4xx).
 *
 * Network failures, timeouts, 429, 408, 5xx, redirects and oversized answers are `GatewayUnavailable`.
 * Messages hold method and path only: queries, headers and bodies may hold secrets.
 */
export async function callApi(request: ApiRequest, deps: GatewayDeps): Promise<ApiAnswer> {
  const what = describe(request);
  const response = await send(request, deps, what);
  const { status } = response;
  const isDecided = status >= 200 && (status < 300 || status >= 400) && status < 500;
  if (!isDecided || status === 408 || status === 429) {
    await response.body?.cancel();
    throw new GatewayUnavailable(`${what} answered HTTP ${status}`);
  }
  return { status, text: await readText(response, what) };
}

async function send(request: ApiRequest, deps: GatewayDeps, what: string): Promise<Response> {
  const { method, url, headers = {}, body } = request;
  try {
    return await deps.fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new GatewayUnavailable(`${what} could not be asked${ruleOf(error)}`, { cause: error });
  }
}

async function readText(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > ANSWER_LIMIT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new GatewayUnavailable(`${what} broke off its answer${ruleOf(error)}`, { cause: error });
  }
  if (bytes > ANSWER_LIMIT_BYTES) throw new GatewayUnavailable(`${what} answered too much`);
  return Buffer.concat(chunks).toString('utf8');
}

/** An operator has to see which rule an account's address breaks: no retry will help before that. */
function ruleOf(error: unknown): string {
  return error instanceof OutboundRefused ? ` (${error.message})` : '';
}

function describe({ gateway, method, url }: ApiRequest): string {
  return `${gateway} ${method} ${new URL(url).pathname}`;
}

/** Asks and parses a JSON answer losslessly. Something that is not JSON comes from a proxy: try again later. */
export async function callJsonApi(
  request: ApiRequest,
  deps: GatewayDeps,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const { status, text } = await callApi(request, deps);
  try {
    return { status, json: parseJson(text) };
  } catch (error) {
    throw new GatewayUnavailable(`${describe(request)} answered no JSON (HTTP ${status})`, {
      cause: error,
    });
  }
}

/** Parses an answer with a schema. An answer of another shape is an outage: nothing may be booked from it. */
export function parseAnswer<T>(gateway: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new GatewayUnavailable(`${gateway} answered without a readable ${pathOf(parsed.error)}`);
}

/** Reads facts out of an answer with the same readers as a notification's. */
export function readAnswer<T>(gateway: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new GatewayUnavailable(`${gateway} answered unreadably: ${error.message}`);
  }
}

export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** Joins a base address and a path, whether or not the base ends in a slash. */
export function apiUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
