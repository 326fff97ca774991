import type { Acknowledgement, Reception, Refusal } from '../gateway.ts';

/** A request that is not believed. It never leaves a gateway's `receive`: the guard turns it into an answer. */
export class Refused extends Error {
  readonly refusal: Refusal;
  /** Names the field. Never quotes what came. */
  readonly detail: string;

  constructor(refusal: Refusal, detail: string) {
    super(`${refusal}: ${detail}`);
    this.name = 'Refused';
    this.refusal = refusal;
    this.detail = detail;
  }
}

export function refuse(refusal: Refusal, detail: string): never {
  throw new Refused(refusal, detail);
}

/**
 * Runs the reading of one request and turns a refusal into the gateway's dialect.
 *
 * Anything else that is thrown is a bug and goes on: answered as an error, the gateway retries.
 */
export async function receiveOrRefuse(
  refusalFor: (refusal: Refusal) => Acknowledgement,
  read: () => Reception | Promise<Reception>,
): Promise<Reception> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal, detail } = error;
    return { outcome: 'refused', refusal, detail, acknowledgement: refusalFor(refusal) };
  }
}

const STATUS: Readonly<Record<Refusal, number>> = {
  signature_missing: 401,
  signature_mismatch: 401,
  timestamp_stale: 401,
  address_not_allowed: 403,
  account_mismatch: 403,
  test_message: 403,
  body_too_large: 413,
  body_malformed: 400,
  field_invalid: 400,
  amount_invalid: 400,
  // What a later deployment may understand: the gateway shall come again.
  currency_unknown: 422,
  status_unknown: 422,
  kind_unknown: 404,
  gateway_unknown: 404,
  seller_unknown: 404,
};

/** The HTTP status of a refusal, for gateways that look at nothing but the status. */
export function refusalStatus(refusal: Refusal): number {
  return STATUS[refusal];
}
