import type { Catalogue } from './catalogue.ts';
import { checkPrices, currenciesOf } from './check-plan.ts';
import type { CustomerTerms } from './customer-terms.ts';
import { doubt, fault, type Issue, type Path, unknown } from './issue.ts';
import { chargesOf, type Known, plansOfSeller, sellerOfPlan } from './known.ts';
import type { WalletOffer } from './offer.ts';
import type { Charge } from './plan.ts';
import type { Promotion } from './promotion.ts';

/** What is offered or agreed beside plans. */
export function checkOffers(catalogue: Catalogue, known: Known): readonly Issue[] {
  const { promotions, agreements, wallets } = catalogue;
  return [
    ...repeatedCodes(promotions),
    ...promotions.flatMap((promotion, at) => checkPromotion(promotion, known, ['promotions', at])),
    ...agreements.flatMap((terms, at) => checkAgreement(terms, known, ['agreements', at])),
    ...overlaps(agreements),
    ...wallets.flatMap((wallet, at) => checkWallet(wallet, known, ['wallets', at])),
  ];
}

function repeatedCodes(promotions: readonly Promotion[]): Issue[] {
  const first = new Map<string, number>();
  return promotions.flatMap(({ coupon, sellerId }, at) => {
    if (!coupon) return [];
    const name = `${sellerId} ${coupon.code}`;
    const before = first.get(name);
    if (before === undefined) first.set(name, at);
    const message = `"${coupon.code}" is the code of promotion ${(before ?? 0) + 1} already`;
    const path = ['promotions', at, 'coupon', 'code'];
    return before === undefined ? [] : [fault('coupon.code_repeated', path, message)];
  });
}

function checkPromotion(promotion: Promotion, known: Known, path: Path): Issue[] {
  const { sellerId, level, planIds, value, from, lasts } = promotion;
  const issues = checkSeller(sellerId, known, path);
  issues.push(...checkPlanIds(planIds, sellerId, known, path));
  if (level === 'bill' && planIds) {
    const message = 'contradicts "level: bill", which takes off the whole bill';
    issues.push(fault('promotion.contradictory', [...path, 'plans'], message));
  }
  if (typeof lasts === 'object' && 'until' in lasts && lasts.until <= from) {
    const message = 'is over before the promotion begins';
    issues.push(fault('promotion.contradictory', [...path, 'lasts', 'until'], message));
  }
  if (value.kind === 'fixed') {
    const charges = chargesAimedAt(sellerId, planIds, known);
    issues.push(...unsoldCurrencies(value.amounts, charges, [...path, 'amountOff']));
  }
  return issues;
}

function checkAgreement(agreed: CustomerTerms, known: Known, path: Path): Issue[] {
  const { sellerId, aim, terms } = agreed;
  const issues = checkSeller(sellerId, known, path);
  if (issues.length > 0) return issues;
  const plans = plansOfSeller(known, sellerId).filter(
    ({ planId }) => aim.on !== 'plan' || planId === aim.planId,
  );
  if (aim.on === 'plan' && plans.length === 0)
    return [unknownPlan(aim.planId, sellerId, known, [...path, 'plan'])];
  const charges = plans
    .flatMap(chargesOf)
    .filter(({ chargeId }) => aim.on !== 'charge' || chargeId === aim.chargeId);
  if (aim.on === 'charge' && charges.length === 0) {
    const message = `no plan of seller "${sellerId}" has a charge "${aim.chargeId}"`;
    return [fault('charge.unknown', [...path, 'charge'], message)];
  }
  if (terms.kind === 'percent_off') return [];
  const at = [...path, 'prices'];
  const issuesOfPrices = charges.flatMap((charge) => checkPrices(charge, terms.prices, known, at));
  return [...unsoldCurrencies(terms.prices, charges, at), ...onceEach(issuesOfPrices)];
}

/** Bills take the one that began later, which is rarely what two agreements were written for. */
function overlaps(agreements: readonly CustomerTerms[]): Issue[] {
  const byAim = new Map<string, { at: number; terms: CustomerTerms }[]>();
  agreements.forEach((terms, at) => {
    const name = JSON.stringify([terms.sellerId, terms.payerId, terms.aim]);
    byAim.set(name, [...(byAim.get(name) ?? []), { at, terms }]);
  });
  return [...byAim.values()].flatMap((group) => {
    const inOrder = group.sort((a, b) => (startsBefore(a.terms, b.terms) ? -1 : 1));
    return inOrder.flatMap(({ at, terms }, index) => {
      const before = inOrder[index - 1]?.terms;
      if (!before || (before.to !== undefined && before.to <= terms.from)) return [];
      const message = `overlaps with agreement "${before.agreementId}" of the same payer and aim; this one wins on their common days`;
      return [doubt('agreement.overlaps', ['agreements', at], message)];
    });
  });
}

function startsBefore(a: CustomerTerms, b: CustomerTerms): boolean {
  return a.from === b.from ? a.agreementId < b.agreementId : a.from < b.from;
}

function checkWallet(wallet: WalletOffer, known: Known, path: Path): Issue[] {
  const { sellerId, planIds, currency, topUps } = wallet;
  const pays = topUps.map(({ pay }) => pay);
  const twice = pays.findIndex((pay, at) => pays.indexOf(pay) !== at);
  const charges = chargesAimedAt(sellerId, planIds, known);
  return [
    ...checkSeller(sellerId, known, path),
    ...checkPlanIds(planIds, sellerId, known, path),
    ...unsoldCurrencies({ [currency]: 0n }, charges, [...path, 'currency']),
    ...(twice < 0
      ? []
      : [fault('wallet.ambiguous', [...path, 'topUps', twice, 'pay'], 'is offered twice')]),
  ];
}

function checkSeller(sellerId: string, { sellers }: Known, path: Path): Issue[] {
  return sellers.has(sellerId) ? [] : [unknown('seller', sellerId, [...path, 'seller'])];
}

function checkPlanIds(
  planIds: readonly string[] | undefined,
  sellerId: string,
  known: Known,
  path: Path,
): Issue[] {
  return (planIds ?? []).flatMap((planId, at) =>
    sellerOfPlan(known, planId)?.sellerId === sellerId
      ? []
      : [unknownPlan(planId, sellerId, known, [...path, 'plans', at])],
  );
}

function unknownPlan(planId: string, sellerId: string, { plans }: Known, path: Path): Issue {
  if (!plans.has(planId)) return unknown('plan', planId, path);
  return fault('plan.unknown', path, `plan "${planId}" is not sold by seller "${sellerId}"`);
}

function chargesAimedAt(
  sellerId: string,
  planIds: readonly string[] | undefined,
  known: Known,
): readonly Charge[] {
  const plans = plansOfSeller(known, sellerId);
  return plans.filter(({ planId }) => planIds?.includes(planId) ?? true).flatMap(chargesOf);
}

function unsoldCurrencies(
  amounts: Parameters<typeof currenciesOf>[0],
  charges: readonly Charge[],
  path: Path,
): Issue[] {
  if (charges.length === 0) return [];
  const sold = new Set(charges.flatMap(({ prices }) => currenciesOf(prices)));
  const unsold = currenciesOf(amounts).filter((currency) => !sold.has(currency));
  if (unsold.length === 0) return [];
  const message = `nothing that it aims at is sold in ${unsold.join(', ')}`;
  return [fault('currency.unsold', path, message)];
}

/** Several charges may have the same fault with one price. */
function onceEach(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
