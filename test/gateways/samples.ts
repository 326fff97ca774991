import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { NOW, rawRequest } from './request.ts';

const FOLDER = join(import.meta.dirname, 'samples');

const sampleFile = z.object({
  name: z.string(),
  gateway: z.string(),
  request: z.object({
    method: z.enum(['GET', 'POST']),
    path: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    query: z.string().default(''),
    body: z.string().default(''),
    sourceIp: z.string().default('127.0.0.1'),
  }),
  config: z.record(z.string(), z.unknown()),
  refetch: z.object({ url: z.string(), status: z.number(), body: z.string() }).optional(),
  expected: z.object({
    verified: z.boolean(),
    kind: z.string().nullable(),
    amount: z.number().nullable(),
    currency: z.string().nullable(),
    orderId: z.string().nullable(),
    paymentId: z.string().nullable(),
    needsRefetch: z.boolean().default(false),
    refundId: z.string().optional(),
    disputeId: z.string().optional(),
    test: z.boolean().optional(),
    reason: z.string().optional(),
  }),
  ack: z.object({ status: z.number(), body: z.string() }),
});

export type Sample = z.infer<typeof sampleFile>;

/** All recorded notifications of a gateway. */
export function samplesOf(gateway: string): Sample[] {
  const folder = join(FOLDER, gateway);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => sampleFile.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

/** The folders of samples: no gateway may be without. */
export function sampledGateways(): string[] {
  return readdirSync(FOLDER).sort();
}

/** A sample as it came, at the moment that its signature was made for. */
export function requestOf({ request, config }: Sample): RawRequest {
  const [, , , kind] = request.path.split('/');
  const { method, headers, query, body, sourceIp } = request;
  const receivedAt =
    typeof config['nowEpochSeconds'] === 'number'
      ? instantFromMs(config['nowEpochSeconds'] * 1000)
      : NOW;
  return rawRequest({ method, kind, headers, query, body, sourceIp, receivedAt });
}
