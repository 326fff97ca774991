import { hashHex, sameHex, someSecretFits } from '../common/signatures.ts';
import type { RobokassaAccount } from './account.ts';

/** A pass-through parameter in its received spelling. */
export type Shp = { readonly name: string; readonly value: string };

/** Joins the parts and the sorted `Shp_` pairs with colons and hashes them. */
export function sign(
  hash: RobokassaAccount['hash'],
  parts: readonly string[],
  shp: readonly Shp[],
): string {
  return hashHex(hash, [...parts, ...sortedByName(shp)].join(':'));
}

/**
 * Whether ResultURL is signed with one of the second passwords. The first password, which signs what
 * the payer sees in the browser, must not open it.
 *
 * The documentation sorts `Shp_` by name, Robokassa's own SDK by the whole pair. They differ when one
 * name begins with another, and then either is taken.
 */
export function isResultSigned(
  account: RobokassaAccount,
  outSum: string,
  invId: string,
  shp: readonly Shp[],
  signature: string,
): boolean {
  const orders = new Set([sortedByName(shp).join(':'), pairsOf(shp).sort().join(':')]);
  return someSecretFits(account.passwords2, (password2) =>
    [...orders].some((pairs) => {
      const base = [outSum, invId, password2, ...(pairs === '' ? [] : [pairs])].join(':');
      return sameHex(hashHex(account.hash, base), signature);
    }),
  );
}

function sortedByName(shp: readonly Shp[]): string[] {
  return pairsOf([...shp].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

function pairsOf(shp: readonly Shp[]): string[] {
  return shp.map(({ name, value }) => `${name}=${value}`);
}
