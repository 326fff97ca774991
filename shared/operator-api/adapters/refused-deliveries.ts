import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod';
import { REFUSALS } from '#shared/gateways/gateway.ts';
import { type Instant, instantFromMs, isInstant } from '#shared/kernel/time.ts';
import { openSealed } from '#shared/platform/sealed-box.ts';
import { fromItem, type Item, type Table } from '#shared/platform/table.ts';
import { refusedKey } from '#shared/webhooks/adapters/keys.ts';
import type {
  KeptRefusal,
  OpenedRequest,
  Page,
  PageRequest,
  RefusedDeliveries,
  RefusedFilter,
} from '../ports.ts';

const refusedSchema = z.object({
  id: z.string(),
  gateway: z.string(),
  seller: z.string(),
  at: z
    .string()
    .refine(isInstant)
    .transform((text) => text as Instant), // `refine` has checked it and does not narrow.
  refusal: z.enum(REFUSALS),
  detail: z.string(),
  method: z.string(),
  kind: z.string().optional(),
  sourceIp: z.string(),
  bodyBytes: z.bigint().transform(Number),
  raw: z.object({ box: z.string(), key: z.string(), sha256: z.string() }).exactOptional(),
});

const rawRecord = z.object({
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** Refused requests of the deliveries table. The requests themselves are sealed; opening asks KMS. */
export function createRefusedDeliveries(deliveries: Table, kms: KMSClient): RefusedDeliveries {
  return {
    async list(filter, page) {
      const { items, next } = await queryDay(deliveries, filter, page);
      const kept = items.map((item) => refusedSchema.parse(fromItem(item)));
      const rows = await Promise.all(kept.map((row) => shown(row, filter, kms)));
      return { rows, next };
    },
  };
}

async function queryDay(
  deliveries: Table,
  { day, gateway }: RefusedFilter,
  { limit, after }: PageRequest,
): Promise<{ items: readonly Item[]; next: Page<never>['next'] }> {
  const partition = refusedKey({ id: '', at: instantFromMs(Date.parse(day)) }).pk;
  const { Items = [], LastEvaluatedKey } = await deliveries.client.send(
    new QueryCommand({
      TableName: deliveries.name,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :after',
      ...(gateway !== undefined && {
        FilterExpression: '#gateway = :gateway',
        ExpressionAttributeNames: { '#gateway': 'gateway' },
      }),
      ExpressionAttributeValues: {
        ':pk': { S: partition },
        ...(after !== undefined && { ':after': { S: after } }),
        ...(gateway !== undefined && { ':gateway': { S: gateway } }),
      },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return { items: Items, next: LastEvaluatedKey?.['sk']?.S };
}

async function shown(
  { raw, kind, ...row }: z.infer<typeof refusedSchema>,
  { withRaw }: RefusedFilter,
  kms: KMSClient,
): Promise<KeptRefusal> {
  return {
    ...row,
    kind,
    ...(raw && { sha256: raw.sha256 }),
    ...(raw && withRaw && { raw: await open(kms, raw) }),
  };
}

async function open(
  kms: KMSClient,
  sealed: { readonly box: string; readonly key: string },
): Promise<OpenedRequest> {
  const bytes = await openSealed(kms, sealed);
  const { query, headers, body } = rawRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return { query, headers, bodyBase64: body };
}
