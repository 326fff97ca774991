import type { Key } from '#shared/platform/table.ts';

/** The keys of the catalogue's items. Nothing else builds them. */

export const HEAD_KEY: Key = { pk: 'CATALOGUE', sk: 'HEAD' };

export function revisionKey(revision: number): Key {
  return { pk: 'CATALOGUE', sk: `REVISION#${String(revision).padStart(12, '0')}` };
}

/** Named by its own hash, so it never changes and writing it twice does nothing. */
export function contentKey(hash: string): Key {
  return { pk: `CONTENT#${hash}`, sk: 'CONTENT' };
}

export function claimPartition(payer: {
  readonly sellerId: string;
  readonly payerId: string;
}): string {
  return `CLAIMS#${payer.sellerId}#${payer.payerId}`;
}

export function claimKey(claim: {
  readonly sellerId: string;
  readonly payerId: string;
  readonly promotionId: string;
  readonly redemption: number;
}): Key {
  const number = String(claim.redemption).padStart(6, '0');
  return { pk: claimPartition(claim), sk: `${claim.promotionId}#${number}` };
}

/** Counts the claims of a promotion that all payers together may make only so often. */
export function claimCountKey({ promotionId }: { readonly promotionId: string }): Key {
  return { pk: `CLAIM_COUNT#${promotionId}`, sk: 'COUNT' };
}
