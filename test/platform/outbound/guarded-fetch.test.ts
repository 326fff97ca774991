import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRsaKey } from '#local/acquirers/rsa-key.ts';
import { callApi } from '#shared/gateways/common/api-call.ts';
import { GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createGuardedFetch, type GuardOptions } from '#shared/platform/outbound/guarded-fetch.ts';
import { isLocalCloud } from '#shared/platform/outbound/local-cloud.ts';
import { OutboundRefused } from '#shared/platform/outbound/outbound-refused.ts';
import { attacks } from './attacks.ts';

/** This stands for the public internet, and 127.0.0.1 for everything that must not be reached. */
const OUTSIDE = '127.0.0.2';
const INSIDE = '127.0.0.1';
const HOST = 'gateway.example';
const at = (address: string) => ({ address, family: address.includes(':') ? 6 : 4 });

const defaultCas = getCACertificates('default');
const { privateKeyPem: key, certificatePem: cert } = createRsaKey(HOST, Date.now());
let answer: RequestListener = (_request, response) => response.end('hello');
const outside = createTlsServer({ key, cert }, (request, response) => answer(request, response));
const inside = createTlsServer({ key, cert }, (_request, response) => response.end('secret'));
let insideConnections = 0;
let outsideConnections = 0;
let port = 0;

async function listen(server: Server, address: string, wanted = 0): Promise<number> {
  server.listen(wanted, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  setDefaultCACertificates([...defaultCas, cert]);
  inside.on('connection', () => {
    insideConnections += 1;
  });
  outside.on('connection', () => {
    outsideConnections += 1;
  });
  port = await listen(inside, INSIDE);
  await listen(outside, OUTSIDE, port);
});

afterAll(() => {
  setDefaultCACertificates(defaultCas);
  for (const server of [inside, outside]) {
    server.closeAllConnections();
    server.close();
  }
});

beforeEach(() => {
  insideConnections = 0;
  outsideConnections = 0;
  answer = (_request, response) => response.end('hello');
});

/** A guard for which only the outside is public, and every name is there unless told otherwise. */
function guarded(options: GuardOptions = {}) {
  return createGuardedFetch({
    ports: [port],
    isAllowed: (address) => address === OUTSIDE,
    resolve: async () => [at(OUTSIDE)],
    ...options,
  });
}

const url = (path = '/') => `https://${HOST}:${port}${path}`;

async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => 'not refused',
    (thrown) => thrown,
  );
  return error instanceof OutboundRefused ? error.refusal : `not refused: ${String(error)}`;
}

describe('a guarded call', () => {
  it('brings method, headers and body over TLS under the name of the host, and the answer back', async () => {
    let seen: unknown;
    answer = async (request, response) => {
      const body = (await request.toArray()).join('');
      seen = { method: request.method, path: request.url, headers: request.headers, body };
      response.setHeader('x-answer', ['one', 'two']);
      response.statusCode = 404;
      response.end('nothing');
    };
    const response = await guarded()(url('/v2/GetState?a=b'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Basic x' },
      body: '{"é":1}',
    });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-answer')).toBe('one, two');
    expect(await response.text()).toBe('nothing');
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/v2/GetState?a=b',
      headers: { host: `${HOST}:${port}`, 'content-length': '8', authorization: 'Basic x' },
      body: '{"é":1}',
    });
  });

  it('takes an answer without a body', async () => {
    answer = (_request, response) => response.writeHead(204).end();
    const response = await guarded()(url());
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it('uses a connection again, which is still to the address that was checked', async () => {
    const call = guarded();
    await (await call(url())).text();
    await (await call(url())).text();
    expect(outsideConnections).toBe(1);
  });

  it('does not talk to a server whose certificate has another name', async () => {
    const call = guarded()(`https://other.example:${port}/`);
    await expect(call).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('does not let a caller change the name that the server is asked for', async () => {
    for (const headers of [{ Host: 'other.example' }, { 'Transfer-Encoding': 'chunked' }]) {
      await expect(guarded()(url(), { headers })).rejects.toThrow(TypeError);
    }
    expect(outsideConnections).toBe(0);
  });

  it('passes on that a name does not exist: an outage, not a refusal', async () => {
    const missing = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const resolve = async () => {
      throw missing;
    };
    await expect(guarded({ resolve })(url())).rejects.toBe(missing);
  });
});

describe('a name that leads inside', () => {
  it.each([
    ['at once', [INSIDE]],
    ['among others', [OUTSIDE, INSIDE]],
    ['among others, first', [INSIDE, OUTSIDE]],
    ['to metadata', ['169.254.169.254']],
    ['in disguise', ['::ffff:127.0.0.1']],
    ['to nowhere', []],
  ])('is refused %s', async (_, addresses) => {
    const resolve = async () => addresses.map(at);
    expect(await refusalOf(guarded({ resolve })(url()))).toBe('address_not_public');
    expect([insideConnections, outsideConnections]).toEqual([0, 0]);
  });

  it('is refused with the real list as well', async () => {
    const { isAllowed: _, ...real } = { isAllowed: 0, resolve: async () => [at(INSIDE)] };
    const call = createGuardedFetch({ ...real, ports: [port] });
    expect(await refusalOf(call(url()))).toBe('address_not_public');
    expect(insideConnections).toBe(0);
  });

  it('cannot be swapped in after the check: the connection goes where the check looked', async () => {
    let asked = 0;
    const resolve = async () => [at(asked++ === 0 ? OUTSIDE : INSIDE)];
    const call = guarded({ resolve });
    expect(await (await call(url())).text()).toBe('hello');
    expect([asked, outsideConnections, insideConnections]).toEqual([1, 1, 0]);
  });

  it('is refused as soon as it is resolved again, when the first connection is gone', async () => {
    let asked = 0;
    const resolve = async () => [at(asked++ === 0 ? OUTSIDE : INSIDE)];
    answer = (_request, response) => response.writeHead(200, { connection: 'close' }).end('hello');
    const call = guarded({ resolve });
    await (await call(url())).text();
    expect(await refusalOf(call(url()))).toBe('address_not_public');
    expect([asked, insideConnections]).toEqual([2, 0]);
  });

  it('is never resolved or connected to from any of the known tricks', async () => {
    const resolved: string[] = [];
    const resolve = async (host: string) => {
      resolved.push(host);
      return [at(INSIDE)];
    };
    const call = guarded({ resolve, ports: [443, port], isAllowed: () => true });
    for (const text of attacks(port)) {
      expect([text, await refusalOf(call(text))]).not.toEqual([
        text,
        expect.stringMatching(/^not/),
      ]);
    }
    expect(resolved).toEqual([]);
    expect(insideConnections).toBe(0);
  });
});

describe('an answer', () => {
  it.each([300, 301, 302, 303, 304, 307, 308])('that redirects (%i) is refused', async (status) => {
    answer = (_request, response) =>
      response.writeHead(status, { location: `https://${INSIDE}:${port}/` }).end();
    expect(await refusalOf(guarded()(url()))).toBe('redirect');
    expect(insideConnections).toBe(0);
  });

  it('of a status that does not exist is refused', async () => {
    answer = (_request, response) => response.writeHead(999).end('x');
    expect(await refusalOf(guarded()(url()))).toBe('status');
  });

  it('that is packed is refused, for it could unpack to anything', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end();
    expect(await refusalOf(guarded()(url()))).toBe('answer_encoded');
  });

  it('is cut off when it is too long, whatever length it announced', async () => {
    let sent = 0;
    answer = async (_request, response) => {
      while (!response.destroyed && sent < 64 * 1024 * 1024) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) await once(response, 'drain').catch(() => {});
      }
    };
    const response = await guarded({ sizeLimitBytes: 100_000 })(url());
    expect(await refusalOf(response.text())).toBe('answer_too_large');
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('of exactly the limit is taken', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(100_000));
    const response = await guarded({ sizeLimitBytes: 100_000 })(url());
    expect((await response.arrayBuffer()).byteLength).toBe(100_000);
  });

  it.each(['never begins', 'never ends'])('that %s is given up', async (which) => {
    answer = (_request, response) => {
      if (which === 'never ends') response.write('a');
    };
    const call = guarded({ timeLimitMs: 50 });
    const whole = async () => (await call(url())).text();
    await expect(whole()).rejects.toThrow();
  });

  it('is given up when the caller gives up', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(new Error('enough'));
    await expect(guarded()(url(), { signal: controller.signal })).rejects.toThrow();
  });
});

describe('a refusal', () => {
  it('reaches the log of the caller by its rule', async () => {
    const deps = { fetch: createGuardedFetch(), now: () => instantFromMs(0) };
    const request = { gateway: 'demo', method: 'GET', url: 'http://10.0.0.1/pay?key=x' } as const;
    const call = callApi(request, deps);
    await expect(call).rejects.toThrow(
      new GatewayUnavailable('demo GET /pay could not be asked (outbound_refused: scheme)'),
    );
  });

  it('names its rule and quotes nothing', async () => {
    const call = createGuardedFetch()('https://secret-user:secret@10.0.0.1/?token=secret');
    await expect(call).rejects.toThrow(/^outbound_refused: url_form$/);
  });
});

describe('the allowance of the local cloud', () => {
  it('reaches a plain server on loopback, and is off unless it is given', async () => {
    const plain = createPlainServer((_request, response) => response.end('simulator'));
    const plainPort = await listen(plain, INSIDE);
    const simulator = `http://127.0.0.1:${plainPort}/v2`;
    try {
      expect(await refusalOf(createGuardedFetch()(simulator))).toBe('scheme');
      expect(await (await createGuardedFetch({ loopback: true })(simulator)).text()).toBe(
        'simulator',
      );
    } finally {
      plain.closeAllConnections();
      plain.close();
    }
  });

  it.each([
    [undefined, false],
    ['', false],
    ['AWS_Lambda_nodejs24.x', false],
    ['AWS_Lambda_nodejs24.x Local_nodejs24.x', false],
    ['Local_nodejs24.x', true],
    ['Local_nodejs24.x PT/1', true],
  ])('is given by the runtime that calls itself %s: %s', (value, expected) => {
    expect(isLocalCloud(value === undefined ? {} : { AWS_EXECUTION_ENV: value })).toBe(expected);
  });
});
