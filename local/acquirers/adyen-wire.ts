import { createHmac } from 'node:crypto';
import type { Shop } from './dialect.ts';

export type AdyenShop = Shop & {
  readonly merchantAccount: string;
  readonly hmacKeyHex: string;
  readonly apiKey: string;
};

export type AdyenItem = {
  readonly pspReference: string;
  readonly originalReference?: string;
  readonly merchantAccountCode: string;
  readonly merchantReference: string;
  readonly amount: { readonly value: number; readonly currency: string };
  readonly eventCode: string;
  readonly success: string;
};

/** HMAC-SHA256 over eight fields, an absent one being empty. Nothing else of the item is protected. */
export function adyenSignature(item: AdyenItem, hmacKeyHex: string): string {
  const text = [
    item.pspReference,
    item.originalReference ?? '',
    item.merchantAccountCode,
    item.merchantReference,
    item.amount.value,
    item.amount.currency,
    item.eventCode,
    item.success,
  ].join(':');
  return createHmac('sha256', Buffer.from(hmacKeyHex, 'hex')).update(text, 'utf8').digest('base64');
}

/** A moment with the offset of Amsterdam in winter, as the gateway writes it. */
export function adyenMoment(atMs: number): string {
  return `${new Date(atMs + 3_600_000).toISOString().slice(0, 19)}+01:00`;
}
