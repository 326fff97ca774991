import type { LinkRequest, PaymentLink } from '#shared/gateways/gateway.ts';
import { dueOf, type Invoice } from '#shared/invoices/domain/invoice.ts';
import { money } from '#shared/kernel/money.ts';
import type { InvoiceRef } from '#shared/ledger/domain/refs.ts';
import { type Rejection, reject } from '../contracts/problem.ts';
import type { OpenGateway, OperatorApiPorts } from '../ports.ts';

export type LinkWish = {
  readonly gateway: string;
  readonly returnUrl: string;
  readonly twoStage: boolean;
};

type Deps = Pick<OperatorApiPorts, 'invoices' | 'gateways' | 'webhooksBaseUrl'>;

/** Asks the gateway for an address at which the payer pays what is due now. */
export async function createLink(
  deps: Deps,
  ref: InvoiceRef,
  wish: LinkWish,
): Promise<PaymentLink | Rejection> {
  const invoice = await deps.invoices.read(ref);
  if (!invoice) return reject('invoice.not_found');
  if (dueOf(invoice) <= 0n) return reject('invoice.nothing_due');
  const gateway = await deps.gateways.open(wish.gateway, ref.seller);
  if (typeof gateway === 'string') return reject(gateway);
  if (!gateway.createLink) return reject('gateway.call_missing', 'It has no payment links.');
  const number = await deps.invoices.nextLinkNumber(ref);
  return gateway.createLink(linkRequest(invoice, wish, { number, gateway, deps }));
}

type LinkContext = {
  readonly number: number;
  readonly gateway: OpenGateway;
  readonly deps: Pick<Deps, 'webhooksBaseUrl'>;
};

function linkRequest(
  invoice: Invoice,
  { returnUrl, twoStage }: LinkWish,
  { number, gateway, deps }: LinkContext,
): LinkRequest {
  const { seller, invoiceId, payerId, currency } = invoice;
  // Gateways refuse a second order with the same reference, even after the first has expired.
  const orderReference = number === 1 ? invoiceId : `${invoiceId}-${number}`;
  const base = deps.webhooksBaseUrl.replace(/\/+$/, '');
  return {
    orderReference,
    invoiceId,
    payerId,
    amount: money(dueOf(invoice), currency),
    // Line titles are the seller's words and may name a person; the number names nobody.
    description: `Счёт ${invoiceId}`,
    returnUrl,
    twoStage,
    ...(gateway.hasOneAddress && {
      notificationUrl: `${base}/webhooks/${seller}/${gateway.name}`,
    }),
    idempotencyKey: orderReference,
  };
}
