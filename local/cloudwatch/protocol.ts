import { gunzipSync } from 'node:zlib';

/** The prefix of `x-amz-target` that CloudWatch clients of today send; the rest is the operation. */
export const CLOUDWATCH_TARGET = 'GraniteServiceVersion20100801';

/**
 * The JSON text of a request. CloudWatch speaks AWS JSON 1.0, but its client compresses a
 * PutMetricData of more than 10 KB.
 */
export function cloudWatchBody(body: Uint8Array, contentEncoding: string | undefined): string {
  const isCompressed = contentEncoding?.split(',').some((name) => name.trim() === 'gzip') ?? false;
  return Buffer.from(isCompressed ? gunzipSync(body) : body).toString();
}
