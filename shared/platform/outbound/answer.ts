import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { type OutboundRefusal, OutboundRefused } from './outbound-refused.ts';

/** Statuses that `Response` takes only without a body. */
const BODILESS: readonly number[] = [204, 205];

/** Turns what came into a `Response` that ends with an error when it is longer than allowed. */
export function answerOf(incoming: IncomingMessage, sizeLimitBytes: number): Response {
  const { statusCode: status = 0 } = incoming;
  const refusal = refusalOf(status, incoming.headers['content-encoding']);
  if (refusal) {
    incoming.destroy();
    throw new OutboundRefused(refusal);
  }
  if (BODILESS.includes(status)) {
    incoming.resume();
    return new Response(null, { status });
  }
  const body = Readable.toWeb(incoming).pipeThrough(limitOf(sizeLimitBytes));
  return new Response(body, { status, headers: headersOf(incoming) });
}

/** Nobody asked for a redirect, and nobody offered to unpack: both lead where the guard cannot look. */
function refusalOf(status: number, encoding: string | undefined): OutboundRefusal | undefined {
  if (status >= 300 && status < 400) return 'redirect';
  if (status < 200 || status > 599) return 'status';
  return encoding === undefined || encoding === 'identity' ? undefined : 'answer_encoded';
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

function limitOf(sizeLimitBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk: Uint8Array, controller) {
      bytes += chunk.byteLength;
      if (bytes > sizeLimitBytes) throw new OutboundRefused('answer_too_large');
      controller.enqueue(chunk);
    },
  });
}
