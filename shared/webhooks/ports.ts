import type { InvoiceFacts } from '#shared/gateways/gateway.ts';
import type { SettlePaymentCommand } from '#shared/payments/contracts/settle-payment.ts';
import type { RefusedDelivery } from './domain/refused-delivery.ts';

/** What receiving a notification needs of the outside world. */
export type WebhookPorts = {
  /** Resolves only when the queue has every command. */
  enqueue(seller: string, commands: readonly SettlePaymentCommand[]): Promise<void>;
  /** Keeps a refused request for the operator. Its failure must not change the answer. */
  keepRefused(delivery: RefusedDelivery): Promise<void>;
  /** What an invoice says right now; for gateways that ask before they take the money. */
  invoiceFacts(seller: string, invoiceId: string): Promise<InvoiceFacts | undefined>;
};
