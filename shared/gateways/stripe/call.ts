import * as z from 'zod';
import { apiUrl, callJsonApi, parseAnswer } from '../common/api-call.ts';
import { formEncode } from '../common/form.ts';
import { GatewayDeclined, type GatewayDeps, GatewayUnavailable } from '../gateway.ts';
import type { StripeAccount } from './account.ts';

/** The version whose answers the schemas read. Accounts default to the version of their first day. */
const API_VERSION = '2026-10-28.endive';

const PAGE_SIZE = '100';

type StripeRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly form?: Readonly<Record<string, string | undefined>>;
  readonly idempotencyKey?: string;
};

const failure = z.object({
  error: z.object({
    type: z.string().optional(),
    code: z.string().optional(),
    decline_code: z.string().optional(),
  }),
});

/** One call. A conflict (409) means that a call with the same key is still under way. */
export async function callStripe(
  account: StripeAccount,
  { method, path, form, idempotencyKey }: StripeRequest,
  deps: GatewayDeps,
): Promise<unknown> {
  const { status, json } = await callJsonApi(
    {
      gateway: 'stripe',
      method,
      url: apiUrl(account.apiBaseUrl, path),
      headers: {
        authorization: `Bearer ${account.apiKey}`,
        'stripe-version': API_VERSION,
        ...(account.connectedAccount && { 'stripe-account': account.connectedAccount }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(form && { body: formEncode(form) }),
    },
    deps,
  );
  if (status === 409) throw new GatewayUnavailable('stripe is still at the same call');
  if (status >= 400) throw declined(status, json);
  return json;
}

function declined(status: number, json: unknown): GatewayDeclined {
  const error = failure.safeParse(json).data?.error;
  const code = error?.decline_code ?? error?.code ?? error?.type ?? `http_${status}`;
  return new GatewayDeclined(code, `stripe declined with HTTP ${status}`);
}

/** Follows the pages of a list. The cursor is the id of the last row. */
export async function* listStripe<Row extends { readonly id: string }>(
  account: StripeAccount,
  path: string,
  query: Readonly<Record<string, string>>,
  row: z.ZodType<Row>,
  deps: GatewayDeps,
): AsyncGenerator<Row> {
  const page = z.object({ data: z.array(row), has_more: z.boolean() });
  let after: string | undefined;
  do {
    const parameters = formEncode({ ...query, limit: PAGE_SIZE, starting_after: after });
    const json = await callStripe(account, { method: 'GET', path: `${path}?${parameters}` }, deps);
    const { data, has_more } = parseAnswer('stripe', page, json);
    yield* data;
    const next = has_more ? data.at(-1)?.id : undefined;
    if (next !== undefined && next === after) {
      throw new GatewayUnavailable('stripe gives the same page again');
    }
    after = next;
  } while (after !== undefined);
}
