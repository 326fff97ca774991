import type { FindAccount } from '#shared/gateways/accounts.ts';
import type { GatewayDeps } from '#shared/gateways/gateway.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { totalsOf } from '#shared/payments/domain/merge-statement.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';

/** All calls of one re-read together: a worker has twice this long, and has to settle what it was told. */
const LIMIT_MS = 15_000;

/** Asks the payment's own gateway for its state, with the seller's credentials. */
export function createRereadPayment(
  findAccount: FindAccount,
  deps: GatewayDeps,
  limitMs = LIMIT_MS,
): RereadPayment {
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
      limited(deps, limitMs),
    );
    invariant(!answer.needsReread, `${name} asks to re-read what it just told`);
    return answer;
  };
}

/** Each call has a limit of its own; several slow ones must not add up. */
function limited(deps: GatewayDeps, limitMs: number): GatewayDeps {
  const limit = AbortSignal.timeout(limitMs);
  return {
    ...deps,
    fetch: (input, init) => {
      const signals = init?.signal ? [init.signal, limit] : [limit];
      return deps.fetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
  };
}
