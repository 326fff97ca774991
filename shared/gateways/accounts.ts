import * as z from 'zod';
import type { Secrets } from '#shared/platform/secrets.ts';
import type { AnyGateway } from './common/any-gateway.ts';
import type { AccountBase } from './gateway.ts';

/** A gateway's secret: the credentials of every seller there, by seller id. */
const bySeller = z.record(z.string(), z.record(z.string(), z.unknown()));

/**
 * Finds a seller's credentials. `undefined`: this seller has no account at the gateway.
 *
 * `fresh` asks for what is stored now, and throws when that cannot be told.
 */
export type FindAccount = (
  gateway: AnyGateway,
  seller: string,
  how?: 'fresh',
) => Promise<AccountBase | undefined>;

type Accounts = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * Reads accounts from the secret that `secretIdOf` names.
 *
 * The secret is read again only when the cache gives another value, and each account is parsed
 * once: a worker must not parse all sellers of a gateway for every payment.
 */
export function createFindAccount(
  secrets: Secrets,
  secretIdOf: (gateway: string) => string,
): FindAccount {
  const read = new WeakMap<object, { accounts: Accounts; parsed: Map<string, AccountBase> }>();
  return async (gateway, seller, how) => {
    const value = await secrets.json(secretIdOf(gateway.name), how);
    // A map in place of the object: a seller called `constructor` has no account.
    const accounts = () => new Map(Object.entries(bySeller.parse(value)));
    const key = typeof value === 'object' && value !== null ? value : {};
    const known = read.get(key) ?? { accounts: accounts(), parsed: new Map() };
    read.set(key, known);
    const stored = known.accounts.get(seller);
    if (!stored) return undefined;
    const account = known.parsed.get(seller) ?? gateway.parseAccount({ ...stored, seller });
    known.parsed.set(seller, account);
    return account;
  };
}
