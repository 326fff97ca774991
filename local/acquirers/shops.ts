import type { Bank } from './bank.ts';
import type { AcquirerDialect, RsaKey, Shop } from './dialect.ts';
import { DIALECTS } from './dialects.ts';
import { GATEWAYS, type GatewayName } from './payment.ts';

type ShopDeps = {
  readonly bank: Bank;
  /** Base address of the whole simulator. */
  readonly url: string;
  readonly rsa: RsaKey;
  random(): number;
  now(): number;
};

/** Every seller's shop at every gateway, each with its own keys. Opened when first named. */
export class Shops {
  readonly #deps: ShopDeps;
  readonly #dialects = new Map<string, AcquirerDialect>();

  constructor(deps: ShopDeps) {
    this.#deps = deps;
  }

  /** Opens the shop when there is none yet. */
  open(gateway: GatewayName, seller: string): AcquirerDialect {
    const known = this.find(gateway, seller);
    if (known) return known;
    const { bank, url, rsa, random, now } = this.#deps;
    const shop: Shop = {
      gateway,
      seller,
      bank,
      apiUrl: `${url}/${gateway}/${seller}`,
      pageUrl: ({ id }) => `${url}/pay/${gateway}/${seller}/${encodeURIComponent(id)}`,
      random,
      now,
      rsa,
    };
    const dialect = DIALECTS[gateway](shop);
    this.#dialects.set(`${gateway}/${seller}`, dialect);
    return dialect;
  }

  find(gateway: string, seller: string): AcquirerDialect | undefined {
    return this.#dialects.get(`${gateway}/${seller}`);
  }
}

export function isGatewayName(name: string): name is GatewayName {
  return GATEWAYS.some((known) => known === name);
}
