import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request with its whole body, as both fronts take it. */
export type HttpRequest = {
  method: string;
  /** The path without the query, as it came. */
  path: string;
  /** The query without its question mark, as it came. */
  query: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  peerAddress: string;
};

export type HttpResponse = {
  status: number;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: string | Uint8Array;
};

export class BodyTooLarge extends Error {}

/** Reads a request; a body over the limit is an error once it has arrived. */
export async function readRequest(
  incoming: IncomingMessage,
  maxBodyBytes: number,
): Promise<HttpRequest> {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: joinHeaders(incoming),
    body: await readBody(incoming, maxBodyBytes),
    peerAddress: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  };
}

export function writeResponse(outgoing: ServerResponse, response: HttpResponse): void {
  const length = Buffer.byteLength(response.body);
  const headers = Object.entries(response.headers).map(
    ([name, value]): [string, string | string[]] => [
      name,
      typeof value === 'string' ? value : [...value],
    ],
  );
  outgoing.writeHead(response.status, {
    'content-length': length,
    ...Object.fromEntries(headers),
  });
  outgoing.end(response.body);
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const data: Buffer = chunk;
    bytes += data.length;
    // The rest is read and dropped: closing early would take the answer away with the connection.
    if (bytes <= maxBytes) chunks.push(data);
  }
  if (bytes > maxBytes) throw new BodyTooLarge();
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

/** Names in lower case, repeated values joined by a comma, as API Gateway hands them on. */
function joinHeaders(incoming: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = {};
  const raw = incoming.rawHeaders;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    const separator = name === 'cookie' ? '; ' : ',';
    joined[name] = name in joined ? `${joined[name]}${separator}${value}` : value;
  }
  return joined;
}
