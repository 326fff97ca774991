import type { FindAccount } from '#shared/gateways/accounts.ts';
import type { AnyGateway } from '#shared/gateways/common/any-gateway.ts';
import type { AccountBase, GatewayDeps } from '#shared/gateways/gateway.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import type { Gateways, OpenGateway } from '../ports.ts';

/** Gateways of the registry, each opened with the account of the seller that asks. */
export function createGateways(findAccount: FindAccount, deps: GatewayDeps): Gateways {
  return {
    async open(name, seller) {
      const gateway = gatewayByName(name);
      if (!gateway) return 'gateway.unknown';
      // A gateway without calls needs no account, and this function may not read its secret.
      if (!gateway.api.createLink && !gateway.api.refund) return withoutCalls(gateway);
      const account = await findAccount(gateway, seller);
      return account ? opened(gateway, account, deps) : 'gateway.account_missing';
    },
  };
}

/** A call that the gateway does not have stays absent. */
function withoutCalls({ name, kinds }: AnyGateway): OpenGateway {
  return { name, hasOneAddress: kinds.length === 0 };
}

function opened(gateway: AnyGateway, account: AccountBase, deps: GatewayDeps): OpenGateway {
  const { createLink, refund } = gateway.api;
  return {
    name: gateway.name,
    hasOneAddress: gateway.kinds.length === 0,
    ...(createLink && { createLink: (request) => createLink(account, request, deps) }),
    ...(refund && { refund: (request) => refund(account, request, deps) }),
  };
}
