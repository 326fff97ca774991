import * as z from 'zod';

/**
 * Everything the API refuses, with the HTTP status and the title that never changes.
 *
 * 400 is a request whose form or fields are not valid, 422 one that is valid and asks for something impossible,
 * 409 one that was possible in another state of the object.
 */
export const PROBLEMS = {
  'request.malformed': { status: 400, title: 'The request cannot be read' },
  'request.parameter_invalid': { status: 400, title: 'A parameter is not valid' },
  'request.unauthenticated': { status: 401, title: 'No verified token came with the request' },
  'request.scope_missing': { status: 403, title: 'The token does not allow this operation' },
  'request.path_unknown': { status: 404, title: 'There is nothing at this address' },
  'request.method_not_allowed': { status: 405, title: 'This address does not take this method' },
  'request.too_large': { status: 413, title: 'The request body is too large' },
  'request.not_json': { status: 415, title: 'The request body must be application/json' },
  'request.invalid': { status: 400, title: 'A field is not valid' },
  'invoice.not_found': { status: 404, title: 'There is no such invoice' },
  'invoice.content_differs': {
    status: 409,
    title: 'An invoice with this id exists and has other content',
  },
  'invoice.nothing_due': { status: 409, title: 'Nothing is due on this invoice' },
  'invoice.unknown': { status: 422, title: 'The invoice named in the request does not exist' },
  'invoice.currency_mismatch': {
    status: 422,
    title: 'The invoice is in another currency than the payment',
  },
  'payment.not_found': { status: 404, title: 'There is no such payment' },
  'payment.not_parked': { status: 409, title: 'The payment does not wait in the inbox' },
  'payment.refund_exceeds_rest': {
    status: 409,
    title: 'The refund is larger than what is left of the payment',
  },
  'dead_letter.not_found': { status: 404, title: 'There is no such dead letter' },
  'dead_letter.not_replayable': { status: 409, title: 'The dead letter holds no readable message' },
  'gateway.unknown': { status: 422, title: 'There is no such gateway' },
  'gateway.account_missing': { status: 422, title: 'The seller has no account at this gateway' },
  'gateway.call_missing': { status: 422, title: 'The gateway has no such call' },
  'gateway.declined': { status: 502, title: 'The gateway declined' },
  'gateway.unavailable': { status: 503, title: 'The gateway cannot be asked now' },
  'service.busy': { status: 503, title: 'Too much is going on at once' },
  'service.failed': { status: 500, title: 'The service failed' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** One wrong part of a request. */
export const fieldError = z
  .strictObject({
    in: z
      .enum(['path', 'query', 'header', 'body'])
      .meta({ description: 'Where the field stands.' }),
    path: z.string().meta({ description: 'JSON Pointer (RFC 6901) to the field.' }),
    message: z.string(),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof fieldError>;

export const problemDetails = z
  .strictObject({
    type: z.string().meta({
      description: 'Stable name of the problem.',
      example: 'urn:priliv:problem:invoice.nothing_due',
    }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().exactOptional(),
    errors: z.array(fieldError).exactOptional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457.' });
export type ProblemDetails = z.infer<typeof problemDetails>;

/** What a use case says when it will not do what was asked. */
export type Rejection = {
  readonly rejected: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
};

export function reject(rejected: ProblemCode, detail?: string): Rejection {
  return detail === undefined ? { rejected } : { rejected, detail };
}

export function isRejection(result: object): result is Rejection {
  return 'rejected' in result;
}
