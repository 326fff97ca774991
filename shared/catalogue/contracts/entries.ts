import * as z from 'zod';
import { invariant } from '#shared/kernel/invariant.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { offerName } from '../domain/catalogue.ts';
import type { Plan, PlanOffer } from '../domain/offer.ts';
import { SECTIONS, type SectionName } from './catalogue-file.ts';

/**
 * One thing of a catalogue as it is stored and compared: a plan version, a seller, an agreement.
 *
 * Equal things have equal content, however a file spelled them.
 */
export type Entry = {
  readonly section: SectionName;
  /** Of a plan version, `<planId>@<version>`. */
  readonly id: string;
  /** Canonical JSON in the form of the file; a plan holds this one version. */
  readonly content: string;
};

export function entriesOf(catalogue: Catalogue): readonly Entry[] {
  const { sellers, products, meters, plans, promotions, agreements, wallets } = catalogue;
  return [
    ...sellers.map((seller) =>
      entry('sellers', seller.sellerId, z.encode(SECTIONS.sellers, seller)),
    ),
    ...products.map((product) =>
      entry('products', product.productId, z.encode(SECTIONS.products, product)),
    ),
    ...meters.map((meter) => entry('meters', meter.meterId, z.encode(SECTIONS.meters, meter))),
    ...plans.flatMap((plan) => plan.versions.map((offer) => versionEntry(plan, offer))),
    ...promotions.map((promotion) =>
      entry('promotions', promotion.promotionId, z.encode(SECTIONS.promotions, promotion)),
    ),
    ...agreements.map((agreed) =>
      entry('agreements', agreed.agreementId, z.encode(SECTIONS.agreements, agreed)),
    ),
    ...wallets.map((wallet) =>
      entry('wallets', wallet.walletId, z.encode(SECTIONS.wallets, wallet)),
    ),
  ];
}

function versionEntry(plan: Plan, offer: PlanOffer): Entry {
  return entry('plans', offerName(offer), z.encode(SECTIONS.plans, { ...plan, versions: [offer] }));
}

export function catalogueOf(entries: readonly Entry[]): Catalogue {
  const read = <Schema extends z.ZodType>(section: SectionName, schema: Schema) =>
    entries
      .filter((one) => one.section === section)
      .map(({ content }) => schema.parse(JSON.parse(content)));
  return {
    sellers: read('sellers', SECTIONS.sellers),
    products: read('products', SECTIONS.products),
    meters: read('meters', SECTIONS.meters),
    plans: joined(read('plans', SECTIONS.plans)),
    promotions: read('promotions', SECTIONS.promotions),
    agreements: read('agreements', SECTIONS.agreements),
    wallets: read('wallets', SECTIONS.wallets),
  };
}

/** The versions of each plan together again. */
function joined(single: readonly Plan[]): readonly Plan[] {
  return [...Map.groupBy(single, ({ planId }) => planId)].map(([planId, parts]) => {
    const [first] = parts;
    invariant(first, 'a group of versions is not empty');
    const versions = parts
      .flatMap((part) => part.versions)
      .sort((a, b) => a.plan.version - b.plan.version);
    return { planId, productId: first.productId, versions };
  });
}

function entry(section: SectionName, id: string, value: unknown): Entry {
  return { section, id, content: canonicalJson(value) };
}

/** JSON with sorted names and without what is absent. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isFields(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
