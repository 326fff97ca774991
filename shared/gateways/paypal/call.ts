import * as z from 'zod';
import { apiUrl, basicAuth, callJsonApi, parseAnswer } from '../common/api-call.ts';
import { GatewayDeclined, type GatewayDeps } from '../gateway.ts';
import type { PaypalAccount } from './account.ts';

/** Reads one path of the API. */
export type AskPaypal = (path: string) => Promise<unknown>;

const token = z.object({ access_token: z.string().min(1) });
const failure = z.object({ name: z.string() });

/** Gets an access token and gives a reader that uses it. A token serves one re-read; it is not kept. */
export async function openPaypal(account: PaypalAccount, deps: GatewayDeps): Promise<AskPaypal> {
  const { status, json } = await callJsonApi(
    {
      gateway: 'paypal',
      method: 'POST',
      url: apiUrl(account.apiBaseUrl, '/v1/oauth2/token'),
      headers: {
        authorization: basicAuth(account.clientId, account.clientSecret),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    },
    deps,
  );
  if (status >= 400) throw declined(status, json);
  const { access_token } = parseAnswer('paypal', token, json);
  return (path) => read(account, path, access_token, deps);
}

async function read(
  account: PaypalAccount,
  path: string,
  accessToken: string,
  deps: GatewayDeps,
): Promise<unknown> {
  const { status, json } = await callJsonApi(
    {
      gateway: 'paypal',
      method: 'GET',
      url: apiUrl(account.apiBaseUrl, path),
      headers: { authorization: `Bearer ${accessToken}` },
    },
    deps,
  );
  if (status >= 400) throw declined(status, json);
  return json;
}

function declined(status: number, json: unknown): GatewayDeclined {
  const code = failure.safeParse(json).data?.name ?? `http_${status}`;
  return new GatewayDeclined(code, `paypal declined with HTTP ${status}`);
}
