import type { RawRequest } from '#shared/gateways/gateway.ts';

/**
 * Writes a raw request as bytes, so that it can be sealed, hashed and replayed exactly.
 *
 * The body goes as base64: a JSON text would not survive bytes that are not UTF-8.
 */
export function rawToBytes(request: RawRequest): Uint8Array {
  const { method, kind, query, headers, body, sourceIp, receivedAt } = request;
  const record = {
    method,
    kind,
    query,
    headers,
    body: Buffer.from(body).toString('base64'),
    sourceIp,
    receivedAt,
  };
  return Buffer.from(JSON.stringify(record), 'utf8');
}
