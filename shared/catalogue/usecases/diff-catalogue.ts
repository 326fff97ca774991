import { type Entry, entriesOf } from '../contracts/entries.ts';
import type { Catalogue, Published } from '../domain/catalogue.ts';
import { type Change, fieldChanges } from '../domain/change.ts';

/** What publishing a draft would make new, change, end and resume. */
export function diffCatalogue({ live, ended }: Published, draft: Catalogue): readonly Change[] {
  const before = byName(entriesOf(live));
  const past = byName(entriesOf(ended));
  const after = byName(entriesOf(draft));
  const added = [...after.values()].flatMap((entry) => {
    const old = before.get(nameOf(entry));
    if (old) return old.content === entry.content ? [] : [changeOf('changed', entry, old)];
    const resumed = past.get(nameOf(entry));
    if (resumed) return [changeOf('resumed', entry, resumed)];
    return [changeOf('new', entry, versionBefore(entry, after))];
  });
  const gone = [...before.values()].filter((entry) => !after.has(nameOf(entry)));
  return [...added, ...onePerPlan(gone.map((entry) => changeOf('ended', entry, undefined)))];
}

export function nameOf({ section, id }: Pick<Entry, 'section' | 'id'>): string {
  return `${section}/${id}`;
}

export function byName(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [nameOf(entry), entry]));
}

/** What readers of an entry see: of a plan, its product and the fields of its one version. */
export function plainOf({ section, content }: Entry): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = JSON.parse(content);
  if (section !== 'plans') return plain;
  const [version] = plain['versions'] as readonly Record<string, unknown>[]; // A plan entry holds one.
  return { product: plain['product'], ...version };
}

function changeOf(kind: Change['kind'], entry: Entry, before: Entry | undefined): Change {
  const after = plainOf(entry);
  const { section, id } = entry;
  const fields = before ? fieldChanges(plainOf(before), after) : [];
  return { section, id, kind, title: titleOf(after['title'] ?? after['name']), fields };
}

/** A new version is read against the one before it. */
function versionBefore(
  { section, id }: Entry,
  draft: ReadonlyMap<string, Entry>,
): Entry | undefined {
  if (section !== 'plans') return undefined;
  const at = id.lastIndexOf('@');
  const version = Number(id.slice(at + 1));
  return draft.get(nameOf({ section, id: `${id.slice(0, at)}@${version - 1}` }));
}

/** A plan ends as a whole. */
function onePerPlan(ended: readonly Change[]): Change[] {
  const byId = new Map<string, Change>();
  for (const change of ended) {
    const isPlan = change.section === 'plans';
    const id = isPlan ? change.id.slice(0, change.id.lastIndexOf('@')) : change.id;
    byId.set(`${change.section}/${id}`, { ...change, id });
  }
  return [...byId.values()];
}

function titleOf(title: unknown): Change['title'] {
  if (typeof title === 'string') return { ru: title, en: title };
  if (typeof title !== 'object' || title === null) return undefined;
  const { ru, en } = title as Record<string, unknown>; // As the contract wrote it.
  return { ru: String(ru), en: String(en) };
}
