import { promises as dns, type LookupAddress } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as HttpsAgent, request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { answerOf } from './answer.ts';
import { judgeUrl, type UrlRules } from './judge-url.ts';
import { OutboundRefused } from './outbound-refused.ts';
import { isPublicAddress } from './public-address.ts';

/** The part of `RequestInit` that calls to gateways need. Redirects are refused in any case. */
export type OutboundInit = {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirect?: 'manual';
  readonly signal?: AbortSignal;
};

/** The one way out. `fetch` itself fits this type, which tests use and the product must not. */
export type OutboundFetch = (url: string, init?: OutboundInit) => Promise<Response>;

export type GuardOptions = Partial<UrlRules> & {
  /** All addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  readonly isAllowed?: (address: string) => boolean;
  readonly timeLimitMs?: number;
  readonly sizeLimitBytes?: number;
};

/** Callers have limits of their own; these hold whoever forgets. */
const TIME_LIMIT_MS = 20_000;
const SIZE_LIMIT_BYTES = 8 * 1024 * 1024;
/** A connection that waits longer is more likely dead than useful; `fetch` keeps it as long. */
const IDLE_MS = 4_000;
/** Framing and routing belong to the guard: a `Host` of another name would also change the TLS name. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|expect|upgrade|te|trailer|accept-encoding)$/i;

/**
 * Makes the function that all calls to the outside go through.
 *
 * A name is resolved once, all its addresses are checked, and the connection is made to those: the
 * check is the agent's own `lookup`, so there is no second answer of a resolver to be fooled by.
 */
export function createGuardedFetch(options: GuardOptions = {}): OutboundFetch {
  const rules = { ports: options.ports ?? [443], loopback: options.loopback ?? false };
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const agents = {
    resolve: new HttpsAgent({ ...kept, lookup: checkedLookup(options), rejectUnauthorized: true }),
    loopback: new HttpAgent({ ...kept, lookup: noLookup }),
  };
  const { timeLimitMs = TIME_LIMIT_MS, sizeLimitBytes = SIZE_LIMIT_BYTES } = options;
  return async (text, init = {}) => {
    const judged = judgeUrl(text, rules);
    if (judged.verdict === 'refused') throw new OutboundRefused(judged.refusal);
    const limit = AbortSignal.timeout(timeLimitMs);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const agent = agents[judged.verdict];
    return answerOf(await send(judged.url, init, agent, signal), sizeLimitBytes);
  };
}

function send(
  url: URL,
  { method = 'GET', headers = {}, body = '' }: OutboundInit,
  agent: HttpAgent,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const own = Object.keys(headers).find((name) => OWN_HEADERS.test(name));
  if (own !== undefined) throw new TypeError(`the header ${own} is set by the guard`);
  const isTls = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? tlsRequest : plainRequest)(url, {
      method,
      agent,
      signal,
      headers: {
        'user-agent': 'priliv',
        ...headers,
        'accept-encoding': 'identity',
        ...(method === 'POST' && { 'content-length': Buffer.byteLength(body) }),
      },
    });
    outgoing.on('error', reject);
    outgoing.once('response', resolve);
    outgoing.end(body);
  });
}

/** Gives a connection only addresses that may be called, and none at all when one of them may not. */
function checkedLookup({ resolve = resolveAll, isAllowed = isPublicAddress }: GuardOptions) {
  const lookup: LookupFunction = (host, { all }, callback) => {
    resolve(host).then(
      (found) => {
        const [first] = found;
        if (!first || !found.every(({ address }) => isAllowed(address))) {
          callback(new OutboundRefused('address_not_public'), []);
        } else if (all) {
          callback(null, [...found]);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
  return lookup;
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return dns.lookup(host, { all: true, order: 'verbatim' });
}

/** Loopback is written as an address, so a name here means that something went round the rules. */
const noLookup: LookupFunction = (_host, _options, callback) => {
  callback(new OutboundRefused('host_local'), []);
};
