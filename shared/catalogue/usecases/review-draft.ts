import type { LocalDate } from '#shared/kernel/local-date.ts';
import type { Zone } from '#shared/kernel/zone.ts';
import { type Entry, entriesOf } from '../contracts/entries.ts';
import { type Catalogue, offerName, type Published } from '../domain/catalogue.ts';
import { fieldChanges } from '../domain/change.ts';
import { checkCatalogue } from '../domain/check-catalogue.ts';
import { doubt, fault, type Issue, type Path } from '../domain/issue.ts';
import { type Known, knownOf, sellerOfPlan } from '../domain/known.ts';
import type { Plan } from '../domain/offer.ts';
import { byName, nameOf, plainOf } from './diff-catalogue.ts';

export type ReviewPolicy = {
  /** What to think of a new version that is valid from a day that has passed. */
  readonly pastDates: 'refuse' | 'warn';
  readonly todayIn: (zone: Zone) => LocalDate;
};

/** A draft with what was published before it, by name. */
type Review = {
  readonly draft: Catalogue;
  readonly known: Known;
  readonly live: ReadonlyMap<string, Entry>;
  readonly published: ReadonlyMap<string, Entry>;
  readonly drafted: ReadonlyMap<string, Entry>;
  readonly policy: ReviewPolicy;
};

/** Everything that speaks against publishing a draft: in itself, and against what is published. */
export function reviewDraft(
  { live, ended }: Published,
  draft: Catalogue,
  policy: ReviewPolicy,
): readonly Issue[] {
  const liveByName = byName(entriesOf(live));
  const review: Review = {
    draft,
    known: knownOf(draft),
    live: liveByName,
    published: new Map([...byName(entriesOf(ended)), ...liveByName]),
    drafted: byName(entriesOf(draft)),
    policy,
  };
  return [
    ...checkCatalogue(draft),
    ...draft.plans.flatMap((plan, at) => reviewPlan(plan, ['plans', at], review)),
    ...draft.meters.flatMap(({ meterId }, at) => reviewMeter(meterId, ['meters', at], review)),
    ...reachingBack(review),
    ...droppedAgreements(live, review),
  ];
}

/** Customers were billed by what was published: it stays, and a change is a version of its own. */
function reviewPlan(plan: Plan, path: Path, review: Review): Issue[] {
  const { planId, versions } = plan;
  const own = new Set(versions.map(offerName));
  const missing = [...review.published.values()].filter(
    ({ section, id }) => section === 'plans' && id.startsWith(`${planId}@`) && !own.has(id),
  );
  const issues = missing.map(({ id }) =>
    fault('version.missing', [...path, 'versions'], `${id} is published and must stay in the list`),
  );
  versions.forEach((offer, at) => {
    const name = nameOf({ section: 'plans', id: offerName(offer) });
    const [before, now] = [review.published.get(name), review.drafted.get(name)];
    const here = [...path, 'versions', at];
    if (!before) issues.push(...reviewDate(plan, at, [...here, 'from'], review));
    else if (now && before.content !== now.content) issues.push(changedVersion(before, now, here));
  });
  return issues;
}

function changedVersion(before: Entry, now: Entry, path: Path): Issue {
  const fields = fieldChanges(plainOf(before), plainOf(now));
  const said = fields
    .map(({ path: at, before, after }) => `${at}: ${before} → ${after}`)
    .join('; ');
  const message = `${now.id} is published and never changes (${said}); add a version instead`;
  return fault('version.published', path, message);
}

function reviewDate(plan: Plan, at: number, path: Path, { known, policy }: Review): Issue[] {
  const seller = sellerOfPlan(known, plan.planId);
  const from = plan.versions[at]?.plan.validFrom;
  if (!seller || from === undefined) return [];
  const today = policy.todayIn(seller.zone);
  if (from >= today) return [];
  const message = `${from} has passed: today is ${today} in ${seller.zone}`;
  const say = policy.pastDates === 'refuse' ? fault : doubt;
  return [say('version.in_the_past', path, message)];
}

/** What was billed follows from how a meter counted. */
function reviewMeter(meterId: string, path: Path, { published, drafted }: Review): Issue[] {
  const name = nameOf({ section: 'meters', id: meterId });
  const [before, now] = [published.get(name), drafted.get(name)];
  if (!before || !now) return [];
  const changes = fieldChanges(plainOf(before), plainOf(now));
  return changes
    .filter(({ path: field }) => field !== 'title' && !field.startsWith('title.'))
    .map(({ path: field, before, after }) => {
      const message = `never changes (${before} → ${after}): past bills follow from it; add a meter instead`;
      return fault('meter.published', [...path, field], message);
    });
}

/** Documents bill differences, so terms that begin in the past correct what was billed since. */
function reachingBack({ draft, known, published, drafted, policy }: Review): Issue[] {
  const say = (
    section: 'agreements' | 'promotions',
    at: number,
    id: string,
    of: Terms,
  ): Issue[] => {
    const zone = known.sellers.get(of.sellerId)?.zone;
    const name = nameOf({ section, id });
    const before = published.get(name);
    const isNew = before === undefined;
    if (!zone || of.from >= policy.todayIn(zone)) return [];
    if (before?.content === drafted.get(name)?.content || (isNew && section === 'promotions'))
      return [];
    const message = `reaches back to ${of.from}: what was billed since then will be corrected`;
    return [doubt('terms.reach_back', [section, at], message)];
  };
  return [
    ...draft.agreements.flatMap((terms, at) => say('agreements', at, terms.agreementId, terms)),
    ...draft.promotions.flatMap((terms, at) => say('promotions', at, terms.promotionId, terms)),
  ];
}

type Terms = { readonly sellerId: string; readonly from: LocalDate };

/** An agreement in force ends on a day, not by being forgotten. */
function droppedAgreements(live: Catalogue, { known, drafted, policy }: Review): Issue[] {
  const before = knownOf(live).sellers;
  return live.agreements.flatMap(({ agreementId, sellerId, from, to }) => {
    const zone = (known.sellers.get(sellerId) ?? before.get(sellerId))?.zone;
    if (!zone || drafted.has(nameOf({ section: 'agreements', id: agreementId }))) return [];
    const today = policy.todayIn(zone);
    if (today < from || (to !== undefined && to <= today)) return [];
    const message = `agreement "${agreementId}" is in force and missing here; end it with "to"`;
    return [fault('agreement.missing', ['agreements'], message)];
  });
}
