import type { Refusal } from '#shared/gateways/gateway.ts';
import type { Instant } from '#shared/kernel/time.ts';

/** A request that was not believed or not understood, kept for an operator. */
export type RefusedDelivery = {
  readonly id: string;
  readonly gateway: string;
  readonly seller: string;
  readonly at: Instant;
  readonly refusal: Refusal;
  /** Names the field; quotes nothing. */
  readonly detail: string;
  readonly method: string;
  readonly kind: string | undefined;
  readonly sourceIp: string;
  readonly bodyBytes: number;
  /** The sealed raw request; absent when it was too large or too many came at once. */
  readonly raw?: { readonly box: string; readonly key: string; readonly sha256: string };
};
