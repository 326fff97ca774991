import type { Clock } from '#shared/kernel/time.ts';
import { localDateAt } from '#shared/kernel/zone.ts';
import { catalogueOf, entriesOf } from '../contracts/entries.ts';
import type { Catalogue, Published } from '../domain/catalogue.ts';
import type { Change } from '../domain/change.ts';
import { fault, hasErrors, type Issue } from '../domain/issue.ts';
import type { CatalogueStore } from '../ports.ts';
import { byName, diffCatalogue, nameOf } from './diff-catalogue.ts';
import { type ReviewPolicy, reviewDraft } from './review-draft.ts';

/** An item of the table takes 400 kB, names and keys included. */
const ENTRY_BYTES_MAX = 380_000;

export type ApplyOptions = {
  /** The revision that the draft was written for. Without it, the newest is taken. */
  readonly expectedRevision?: number;
  readonly pastDates?: ReviewPolicy['pastDates'];
  /** Looks at everything and publishes nothing. */
  readonly isDryRun?: boolean;
};

export type ApplyOutcome =
  | {
      readonly outcome: 'published' | 'would_publish';
      readonly revision: number;
      readonly changes: readonly Change[];
      readonly warnings: readonly Issue[];
    }
  /** The draft says what is published already; so does a repeat of what was published. */
  | {
      readonly outcome: 'unchanged';
      readonly revision: number;
      readonly warnings: readonly Issue[];
    }
  | { readonly outcome: 'refused'; readonly issues: readonly Issue[] }
  /** Somebody published another revision: look at the difference again. */
  | { readonly outcome: 'stale'; readonly revision: number };

export type ApplyDeps = { readonly store: CatalogueStore; readonly clock: Clock };

/** Publishes a draft as the next revision, whole or not at all. */
export function createApplyCatalogue({ store, clock }: ApplyDeps) {
  return async (draft: Catalogue, options: ApplyOptions = {}): Promise<ApplyOutcome> => {
    const { expectedRevision, pastDates = 'refuse', isDryRun = false } = options;
    const now = clock();
    const published = await store.read();
    const policy: ReviewPolicy = { pastDates, todayIn: (zone) => localDateAt(now, zone) };
    const issues = [...reviewDraft(published, draft, policy), ...tooLarge(draft)];
    if (hasErrors(issues)) return { outcome: 'refused', issues };
    const changes = diffCatalogue(published, draft);
    const { revision } = published;
    if (changes.length === 0) return { outcome: 'unchanged', revision, warnings: issues };
    if (expectedRevision !== undefined && expectedRevision !== revision) {
      return { outcome: 'stale', revision };
    }
    const next = { revision: revision + 1, changes, warnings: issues };
    if (isDryRun) return { outcome: 'would_publish', ...next };
    const ended = endedBy(published, draft, policy);
    const saved = await store.publish({ basedOn: revision, live: draft, ended, publishedAt: now });
    if (saved === 'stale') return { outcome: 'stale', revision: (await store.read()).revision };
    return { outcome: 'published', ...next };
  };
}

/** What was ever published and is not in the draft. */
function endedBy({ live, ended }: Published, draft: Catalogue, policy: ReviewPolicy): Catalogue {
  const drafted = byName(entriesOf(draft));
  const past = byName([...entriesOf(ended), ...entriesOf(live)]);
  const gone = catalogueOf([...past.values()].filter((entry) => !drafted.has(nameOf(entry))));
  const zones = new Map([...live.sellers, ...draft.sellers].map((one) => [one.sellerId, one.zone]));
  // Bills take what has ended as well, so an agreement that never began must not be among it.
  const begun = gone.agreements.filter(({ sellerId, from }) => {
    const zone = zones.get(sellerId);
    return !zone || from <= policy.todayIn(zone);
  });
  return { ...gone, agreements: begun };
}

function tooLarge(draft: Catalogue): Issue[] {
  return entriesOf(draft).flatMap(({ section, id, content }) =>
    Buffer.byteLength(content) <= ENTRY_BYTES_MAX
      ? []
      : [fault('entry.too_large', [section], `"${id}" is larger than ${ENTRY_BYTES_MAX} bytes`)],
  );
}
