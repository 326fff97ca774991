import { createHash } from 'node:crypto';
import { fromItem, type Item } from '#shared/platform/table.ts';
import type { Check, Outcome } from './check.ts';
import { invoicesIn, paymentsIn } from './records.ts';

/**
 * The chain of the seal holds when it is worked out by somebody else: not one line of the product's
 * hashing is used, so a hash that covers less than it should is found.
 */
export const chainRecomputed: Check = {
  name: 'chain recomputed',
  check: ({ ledger, journal }) => {
    const records = recordsIn(journal);
    return [
      ...chainFaults(journal, records),
      ...imageFaults(ledger, records),
      ...entryFaults(ledger, records),
    ];
  },
};

type Fields = Readonly<Record<string, unknown>>;
type Stored = { readonly name: string; readonly fields: Fields };

const GENESIS = '0'.repeat(64);

function chainFaults(journal: Outcome['journal'], records: ReadonlyMap<string, Stored>): string[] {
  let previous = GENESIS;
  return storedUnder(journal, 'BLOCKS#').flatMap(({ name, fields: { hash, ...body } }) => {
    const problems: string[] = [];
    if (body['previous'] !== previous) problems.push(`block ${name} does not hold the one before`);
    if (hash !== sha256(body)) problems.push(`block ${name} has another hash than its content`);
    for (const sealed of listIn(body, 'records')) {
      const known = records.get(`${sealed['object']} ${sealed['version']}`);
      if (!known || sha256(known.fields) !== sealed['hash'])
        problems.push(`block ${name} seals another ${sealed['object']} ${sealed['version']}`);
    }
    previous = String(hash);
    return problems;
  });
}

/** The newest version of each item is the one that was sealed, byte for byte. */
function imageFaults(ledger: Outcome['ledger'], records: ReadonlyMap<string, Stored>): string[] {
  return ledger.flatMap((item) => {
    const object = `${item['pk']?.S}|${item['sk']?.S}`;
    const sealed = records.get(`${object} ${item['version']?.N}`);
    return sealed && sealed.fields['image'] !== sha256(item)
      ? [`${object} is not the version ${item['version']?.N} that was sealed`]
      : [];
  });
}

/** Each entry of the ledger was sealed by one version, the one that added it. */
function entryFaults(ledger: Outcome['ledger'], records: ReadonlyMap<string, Stored>): string[] {
  const times = new Map<string, number>();
  for (const { fields } of records.values()) {
    for (const text of listIn<string>(fields, 'entries')) {
      const { id }: Fields = JSON.parse(text);
      times.set(String(id), (times.get(String(id)) ?? 0) + 1);
    }
  }
  return [...paymentsIn(ledger), ...invoicesIn(ledger)]
    .flatMap(({ entries }) => entries)
    .filter(({ id }) => times.get(id) !== 1)
    .map(({ id }) => `entry ${id} is sealed ${times.get(id) ?? 0} times`);
}

function recordsIn(journal: Outcome['journal']): Map<string, Stored> {
  const records = storedUnder(journal, 'RECORD#').map((record): [string, Stored] => [
    `${record.fields['object']} ${record.fields['version']}`,
    record,
  ]);
  return new Map(records);
}

/** What was hashed is what is stored, less the keys under which it stands. */
function storedUnder(journal: Outcome['journal'], prefix: string): Stored[] {
  return journal
    .filter((item) => item['pk']?.S?.startsWith(prefix))
    .map(storedOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function storedOf(item: Item): Stored {
  const { pk, sk, ...fields } = fromItem(item);
  return { name: `${pk} ${sk}`, fields };
}

function listIn<T = Fields>(fields: Fields, name: string): T[] {
  const list = fields[name];
  return Array.isArray(list) ? list : [];
}

/** Names in order, no spaces, numbers as digits. */
function sha256(value: unknown): string {
  const text = JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner === 'bigint') return Number(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(text).digest('hex');
}
