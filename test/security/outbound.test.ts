import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { waysOut } from './ways-out.ts';

const GUARD = 'shared/platform/outbound/';
const files = globSync('{shared,functions}/**/*.ts').filter((file) => !file.startsWith(GUARD));
const read = (file: string) => readFileSync(file, 'utf8');

describe('the way out', () => {
  it('is the guard: no other module of the product can open a connection', () => {
    expect(files.length).toBeGreaterThan(150);
    const found = files.flatMap((file) => waysOut(read(file)).map((way) => `${file}: ${way}`));
    expect(found).toEqual([]);
  });

  it.each([
    ["await fetch('https://a.example');", 'fetch'],
    ['const other = (fetch: F) => fetch; const deps = { fetch };', 'fetch'],
    ['{ const { fetch } = deps; } fetch(url);', 'fetch'],
    ['const deps = { fetch, now };', 'fetch'],
    ['const deps = { fetch: fetch };', 'fetch'],
    ['const call = fetch;', 'fetch'],
    ['const call = globalThis.fetch;', 'globalThis.fetch'],
    ["const call = globalThis['fetch'];", 'globalThis.fetch'],
    ["const call = global['fet' + 'ch'];", 'global[…]'],
    ['const { fetch: call } = globalThis;', 'globalThis'],
    ['const all = globalThis;', 'globalThis'],
    ["new WebSocket('wss://a.example');", 'WebSocket'],
    ["new EventSource('https://a.example');", 'EventSource'],
    ["import { request } from 'node:https';", 'node:https'],
    ["import http from 'http';", 'http'],
    ["import { connect } from 'node:net';", 'node:net connect'],
    ["import * as net from 'node:net';", 'node:net *'],
    ["import { connect } from 'node:tls';", 'node:tls connect'],
    ["import { lookup } from 'node:dns/promises';", 'node:dns/promises'],
    ["import { execFile } from 'node:child_process';", 'node:child_process'],
    ["export { request } from 'node:http2';", 'node:http2'],
    ["import { Agent } from 'undici';", 'undici'],
    ["import axios from 'axios';", 'axios'],
    ["const http = await import('node:http');", 'node:http'],
    ["const name = 'node:http'; await import(name);", 'import(…)'],
    ["const http = require('node:http');", 'require'],
    ["process.getBuiltinModule('node:http');", 'getBuiltinModule'],
    ["eval('fetch');", 'eval'],
    ["new Function('return fetch');", 'Function'],
  ])('is looked for in all its forms: %s', (source, way) => {
    expect(waysOut(source)).toContain(way);
  });

  it.each([
    'type Deps = { readonly fetch: OutboundFetch };',
    'const answer = await deps.fetch(url);',
    'const gatewayDeps = { fetch: createGuardedFetch(), now };',
    'const call: typeof fetch = guarded;',
    'function create({ fetch, now }: Deps) { return { fetch, now }; }',
    'const { fetch } = deps; await fetch(url);',
    "import { BlockList, isIP } from 'node:net';",
    "import { rootCertificates } from 'node:tls';",
    "import { createHash } from 'node:crypto';",
  ])('is not seen where there is none: %s', (source) => {
    expect(waysOut(source)).toEqual([]);
  });

  it('is opened by functions with the rules as they are, and nothing loosened', () => {
    const calls = files.flatMap((file) =>
      [...read(file).matchAll(/createGuardedFetch\(([^;]*?)\)[,;]/g)].map(
        ([, given = '']) => given,
      ),
    );
    expect(calls.length).toBeGreaterThanOrEqual(4);
    expect([...new Set(calls)]).toEqual(['{ loopback: isLocalCloud(process.env) }']);
  });
});

describe('the bundles', () => {
  // `npm test` bundles before it tests.
  const file = 'dist/meta.json';

  it.runIf(existsSync(file))('connect through the guard and the AWS SDK, and nothing else', () => {
    const { inputs } = JSON.parse(read(file)) as {
      inputs: Record<string, { imports: { path: string; external?: boolean }[] }>;
    };
    const network = /^(node:)?(https?|http2|tls|dns|dgram|child_process|undici)(\/|$)/;
    const owners = Object.entries(inputs)
      .filter(([, { imports }]) =>
        imports.some(({ path, external }) => external === true && network.test(path)),
      )
      .map(([name]) => /(?:.*node_modules\/)?((?:@[\w-]+\/)?[\w-]+)/.exec(name)?.[1]);
    expect([...new Set(owners)].toSorted()).toEqual([
      '@aws-sdk/credential-provider-process', // for developers' machines: never asked on Lambda
      '@middy/util', // names of HTTP statuses
      '@smithy/core', // the same as the next, for the region
      '@smithy/credential-provider-imds', // metadata of EC2: Lambda gives credentials otherwise
      '@smithy/node-http-handler', // calls to AWS itself
      'shared', // the guard, and the list of root certificates
    ]);
  });
});
