import * as z from 'zod';
import {
  listDeadLettersOperation,
  listRejectedDeliveriesOperation,
  replayDeadLetterOperation,
} from './deliveries.ts';
import { none } from './fields.ts';
import { allocatePaymentOperation, listInboxOperation } from './inbox.ts';
import {
  createInvoiceOperation,
  createLinkOperation,
  listInvoicesOperation,
  readInvoiceOperation,
} from './invoices.ts';
import { type Operation, operation } from './operation.ts';
import { readBalanceOperation, readStatementOperation } from './payers.ts';
import { readPaymentOperation, refundPaymentOperation } from './payments.ts';
import type { ProblemCode } from './problem.ts';

export const readDescriptionOperation = operation({
  id: 'readDescription',
  method: 'get',
  path: '/v1/openapi.json',
  tag: 'Description',
  scope: 'operators/read',
  summary: 'Read this description',
  params: none,
  query: none,
  answers: {
    200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) },
  },
  refusals: [],
});

/** Every operation of the API, in the order of the description. */
export const OPERATIONS: readonly Operation[] = [
  createInvoiceOperation,
  listInvoicesOperation,
  readInvoiceOperation,
  createLinkOperation,
  readPaymentOperation,
  refundPaymentOperation,
  readBalanceOperation,
  readStatementOperation,
  listInboxOperation,
  allocatePaymentOperation,
  listDeadLettersOperation,
  replayDeadLetterOperation,
  listRejectedDeliveriesOperation,
  readDescriptionOperation,
];

const ALWAYS = [
  'request.parameter_invalid',
  'request.unauthenticated',
  'request.scope_missing',
  'service.failed',
  'service.busy',
] as const;

const WITH_BODY = [
  'request.malformed',
  'request.too_large',
  'request.not_json',
  'request.invalid',
] as const;

/** Everything an operation may refuse. */
export function refusalsOf({ body, refusals }: Operation): readonly ProblemCode[] {
  return [...new Set([...ALWAYS, ...(body ? WITH_BODY : []), ...refusals])];
}
