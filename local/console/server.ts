import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Page } from './page.ts';
import { refusalOf } from './request-guard.ts';

export type ConsoleRoutes = {
  readonly page: Page;
  /** Takes over the response and keeps it open. */
  live(viewer: ServerResponse): void;
  /** Gives the status and what to tell. */
  act(name: string, body: unknown): Promise<Answer>;
};
export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const LONGEST_BODY_BYTES = 4096;
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** The page's own server, on loopback and with nothing secret to give. */
export function createConsoleServer(routes: ConsoleRoutes): Server {
  return createServer((incoming, outgoing) => {
    serve(routes, incoming, outgoing).catch(() => outgoing.destroy());
  });
}

async function serve(
  { page, live, act }: ConsoleRoutes,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const refusal = refusalOf(method, incoming.headers);
  if (refusal !== undefined) return sendJson(outgoing, { status: 403, body: { error: refusal } });
  const path = url.split('?')[0] ?? '/';
  if (method === 'POST' && path.startsWith('/actions/')) {
    const body = await readBody(incoming);
    return sendJson(outgoing, await act(path.slice('/actions/'.length), body));
  }
  if (method !== 'GET') return sendJson(outgoing, { status: 405, body: { error: 'no such verb' } });
  if (path === '/') return send(outgoing, 'text/html', page.html);
  if (path === '/app.js') return send(outgoing, 'text/javascript', page.script);
  if (path === '/app.css') return send(outgoing, 'text/css', page.style);
  if (path === '/live') return live(outgoing);
  sendJson(outgoing, { status: 404, body: { error: 'no such page' } });
}

function send(outgoing: ServerResponse, type: string, body: string): void {
  outgoing.writeHead(200, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
  outgoing.end(body);
}

function sendJson(outgoing: ServerResponse, { status, body }: Answer): void {
  outgoing.writeHead(status, { ...HEADERS, 'content-type': 'application/json; charset=utf-8' });
  outgoing.end(JSON.stringify(body));
}

/** `undefined` when it is no JSON or too long. */
async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= LONGEST_BODY_BYTES) chunks.push(part);
  }
  if (bytes > LONGEST_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
