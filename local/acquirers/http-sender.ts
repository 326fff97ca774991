import http from 'node:http';
import https from 'node:https';
import type { WireRequest, WireResponse } from './dialect.ts';

/** Sends one request and reads the answer. Throws when there is no answer in time. */
export type Send = (url: string, request: WireRequest, timeoutMs: number) => Promise<WireResponse>;

export type HttpSender = { readonly send: Send; close(): void };

/** No acknowledgement of any gateway is longer than this. */
const LONGEST_ANSWER_BYTES = 64 * 1024;

/** A sender that keeps its connections open, as gateways do under load. Redirects are not followed. */
export function createHttpSender(connections: number): HttpSender {
  const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };

  const send: Send = (url, { method, headers, body, query }, timeoutMs) => {
    const target = new URL(query === undefined ? url : `${url}?${query}`);
    const isSecure = target.protocol === 'https:';
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const agent = isSecure ? agents['https:'] : agents['http:'];
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const request = (isSecure ? https : http).request(
        target,
        { method, agent, signal, headers: method === 'GET' ? headers : { ...headers, ...length } },
        (response) => readAnswer(response, resolve, reject),
      );
      request.on('error', reject);
      request.end(method === 'GET' ? undefined : body);
    });
  };

  const close = () => {
    agents['http:'].destroy();
    agents['https:'].destroy();
  };
  return { send, close };
}

function readAnswer(
  response: http.IncomingMessage,
  resolve: (answer: WireResponse) => void,
  reject: (reason: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LONGEST_ANSWER_BYTES) response.destroy(new Error('the answer is too long'));
    else chunks.push(chunk);
  });
  response.on('error', reject);
  response.on('end', () => {
    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
  });
}
