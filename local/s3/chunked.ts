/**
 * Takes the `aws-chunked` framing off a body: `<hex size>[;extensions]CRLF<bytes>CRLF`, up to a
 * chunk of size zero and the trailers behind it. SDKs use it to send a checksum after a stream.
 */
export function unchunk(framed: Uint8Array): Buffer {
  const body = Buffer.from(framed);
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0) throw new Error('an aws-chunked body ends within a chunk header');
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('an aws-chunked body has a chunk without a size');
    if (size === 0) return Buffer.concat(parts);
    const start = lineEnd + 2;
    parts.push(body.subarray(start, start + size));
    at = start + size + 2;
  }
}

/** Whether the body of a request with these headers (lower-cased) is framed. */
export function isChunked(headers: Readonly<Record<string, string | undefined>>): boolean {
  const isStreaming = headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false;
  return isStreaming || (headers['content-encoding'] ?? '').split(',').includes('aws-chunked');
}
