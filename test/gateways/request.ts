import type { RawRequest } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';

export const NOW = instantFromMs(Date.UTC(2026, 10, 22, 12, 0, 0));

/** A request as the front door hands it over. */
export function rawRequest(
  changes: Partial<Omit<RawRequest, 'body'>> & { readonly body?: string | Uint8Array },
): RawRequest {
  const { body = '', ...rest } = changes;
  return {
    method: 'POST',
    kind: undefined,
    query: '',
    headers: {},
    sourceIp: '127.0.0.1',
    receivedAt: NOW,
    ...rest,
    body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body,
  };
}

/** A fetch that nobody may call. */
export const noFetch: typeof fetch = async (input) => {
  throw new Error(`unexpected call of ${String(input)}`);
};

export type Call = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A fetch that records what it is asked and answers from a function. */
export function recordingFetch(answer: (call: Call) => { status?: number; body: unknown }): {
  readonly fetch: typeof fetch;
  readonly calls: Call[];
} {
  const calls: Call[] = [];
  const fake: typeof fetch = async (input, init) => {
    const call: Call = {
      method: init?.method ?? 'GET',
      url: String(input),
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : '',
    };
    calls.push(call);
    const { status = 200, body } = answer(call);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
  return { fetch: fake, calls };
}
