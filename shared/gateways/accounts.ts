import * as z from 'zod';
import type { Secrets } from '#shared/platform/secrets.ts';
import type { AnyGateway } from './common/any-gateway.ts';
import type { AccountBase } from './gateway.ts';

/** A gateway's secret: the credentials of every seller there, by seller id. */
const bySeller = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Finds a seller's credentials. `undefined`: this seller has no account at the gateway. */
export type FindAccount = (gateway: AnyGateway, seller: string) => Promise<AccountBase | undefined>;

/** Reads accounts from the secret that `secretIdOf` names; parsed once per secret value. */
export function createFindAccount(
  secrets: Secrets,
  secretIdOf: (gateway: string) => string,
): FindAccount {
  const parsed = new WeakMap<object, AccountBase>();
  return async (gateway, seller) => {
    const accounts = bySeller.parse(await secrets.json(secretIdOf(gateway.name)));
    // `Object.hasOwn`: a seller called `constructor` has no account.
    const stored = Object.hasOwn(accounts, seller) ? accounts[seller] : undefined;
    if (!stored) return undefined;
    const known = parsed.get(stored);
    if (known) return known;
    const account = gateway.parseAccount({ ...stored, seller });
    parsed.set(stored, account);
    return account;
  };
}
