import * as z from 'zod';
import { REFUSALS } from '#shared/gateways/gateway.ts';
import { gateway, moment, nextCursor, none, pageCursor, pageLimit } from './fields.ts';
import { operation } from './operation.ts';

const deadLetterId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the id of a dead letter');

const deadLetter = z
  .strictObject({
    id: z.string(),
    diedAt: moment,
    reason: z.string(),
    source: z.string().meta({ description: 'The queue it came from.' }),
    receives: z.int().meta({ description: 'How often it was tried.' }),
    seller: z.string().exactOptional(),
    gateway: z.string().exactOptional(),
    paymentId: z.string().exactOptional(),
    replayedAt: moment.exactOptional(),
    replayedBy: z.string().exactOptional(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.input<typeof deadLetter>;

export const listDeadLettersOperation = operation({
  id: 'listDeadLetters',
  method: 'get',
  path: '/v1/dead-letters',
  tag: 'Deliveries',
  scope: 'operators/read',
  summary: 'List messages that could not be settled, newest first',
  params: none,
  query: z.strictObject({ limit: pageLimit, cursor: pageCursor }),
  answers: {
    200: {
      description: 'A page of dead letters.',
      schema: z
        .strictObject({ deadLetters: z.array(deadLetter), nextCursor })
        .meta({ id: 'DeadLetterPage' }),
    },
  },
  refusals: [],
});

export const replayDeadLetterOperation = operation({
  id: 'replayDeadLetter',
  method: 'post',
  path: '/v1/dead-letters/{id}/replay',
  tag: 'Deliveries',
  scope: 'operators/write',
  summary: 'Put a dead letter back into the queue',
  description: 'It leaves the list. A repeated request answers the same and sends nothing.',
  params: z.strictObject({ id: deadLetterId }),
  query: none,
  answers: { 202: { description: 'It is in the queue again.', schema: deadLetter } },
  refusals: ['dead_letter.not_found', 'dead_letter.not_replayable'],
});

const rejectedDelivery = z
  .strictObject({
    id: z.string(),
    gateway: z.string(),
    seller: z.string(),
    at: moment,
    reason: z.enum(REFUSALS),
    detail: z.string(),
    method: z.string(),
    kind: z.string().exactOptional(),
    sourceIp: z.string(),
    bodyBytes: z.int(),
    sha256: z.string().exactOptional(),
    raw: z
      .strictObject({
        query: z.string(),
        headers: z.record(z.string(), z.string()),
        bodyBase64: z.string(),
      })
      .exactOptional()
      .meta({ description: 'The request as it came. May hold personal data.' }),
  })
  .meta({ id: 'RejectedDelivery' });
export type RejectedDeliveryView = z.input<typeof rejectedDelivery>;

export const listRejectedDeliveriesOperation = operation({
  id: 'listRejectedDeliveries',
  method: 'get',
  path: '/v1/rejected-deliveries',
  tag: 'Deliveries',
  scope: 'operators/read',
  summary: 'List notifications that were refused, newest first',
  description: '`raw=true` needs the scope `operators/write` as well.',
  params: none,
  query: z.strictObject({
    day: z.iso
      .date()
      .exactOptional()
      .meta({ description: 'UTC day; today unless told.', example: '2026-09-01' }),
    gateway: gateway.exactOptional(),
    raw: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: 'Whether to show the request itself.' }),
    limit: pageLimit,
    cursor: pageCursor,
  }),
  answers: {
    200: {
      description: 'A page of refused notifications.',
      schema: z
        .strictObject({ deliveries: z.array(rejectedDelivery), nextCursor })
        .meta({ id: 'RejectedDeliveryPage' }),
    },
  },
  refusals: [],
});
