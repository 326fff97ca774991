import type { FindAccount } from '#shared/gateways/accounts.ts';
import type { GatewayDeps } from '#shared/gateways/gateway.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { totalsOf } from '#shared/payments/domain/merge-statement.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';

/** Asks the payment's own gateway for its state, with the seller's credentials. */
export function createRereadPayment(findAccount: FindAccount, deps: GatewayDeps): RereadPayment {
  return async (statement, known) => {
    const { gateway: name, seller, paymentId, invoiceId, currency } = statement;
    const gateway = gatewayByName(name);
    invariant(gateway?.api.readPayment, `${name} has no call to re-read a payment`);
    const account = await findAccount(gateway, seller);
    invariant(account, `seller ${seller} has no account at ${name}`);
    const order = invoiceId ?? known?.invoiceId;
    const money = known?.currency ?? currency;
    const answer = await gateway.api.readPayment(
      account,
      {
        paymentId,
        ...(order !== undefined && { invoiceId: order }),
        ...(money && { currency: money }),
        captured: known ? totalsOf(known).captured : 0n,
      },
      deps,
    );
    invariant(!answer.needsReread, `${name} asks to re-read what it just told`);
    return answer;
  };
}
