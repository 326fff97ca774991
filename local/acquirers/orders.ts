import type { AcquirerDialect, Shop } from './dialect.ts';
import type { Order, SimulatedPayment } from './payment.ts';

/** The invoice behind an order reference: further links of one invoice end in `-2`, `-3` and so on. */
export function invoiceOfReference(reference: string): string {
  return reference.replace(/-\d+$/, '');
}

/** Opens a payment for an order that came through the gateway's own API. */
export function openOrder(
  shop: Shop,
  dialect: Pick<AcquirerDialect, 'newIds'>,
  order: Omit<Order, 'invoiceId'> & { readonly invoiceId?: string },
): SimulatedPayment {
  const invoiceId = order.invoiceId ?? invoiceOfReference(order.reference);
  const { gateway, seller, bank } = shop;
  return bank.open({ gateway, seller, ...dialect.newIds(), order: { ...order, invoiceId } });
}

/** The newest payment with this order reference. */
export function findByReference(shop: Shop, reference: string): SimulatedPayment | undefined {
  const { gateway, seller, bank } = shop;
  return bank.list(gateway, seller).findLast((payment) => payment.reference === reference);
}

/** `{ name: value }` when there is a value, else nothing: absent fields stay absent. */
export function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: Value } {
  const fields: { [key in Name]?: Value } = {};
  if (value !== undefined) fields[name] = value;
  return fields;
}
