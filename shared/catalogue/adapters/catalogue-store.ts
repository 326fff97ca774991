import { GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { invariant } from '#shared/kernel/invariant.ts';
import {
  fromItem,
  type Key,
  keyItem,
  lostRace,
  metConflict,
  putVersion,
  type Table,
  toItem,
} from '#shared/platform/table.ts';
import { SECTION_NAMES } from '../contracts/catalogue-file.ts';
import { catalogueOf, type Entry, entriesOf } from '../contracts/entries.ts';
import { type Catalogue, NOTHING_PUBLISHED, type Published } from '../domain/catalogue.ts';
import type { CatalogueStore, NextRevision } from '../ports.ts';
import { createContentStore, hashOf } from './content-store.ts';
import { HEAD_KEY, revisionKey } from './keys.ts';

/** Some 200 bytes an entry, so that a part stays far below an item's 400 kB. */
const ENTRIES_PER_PART = 1000;

const manifestPart = z.array(
  z.tuple([z.enum(SECTION_NAMES), z.string(), z.string(), z.enum(['live', 'ended'])]),
);
/** Section, id, hash of the content, and whether it is sold. */
type Listed = z.infer<typeof manifestPart>[number];

const revisionSchema = z.object({
  revision: z.bigint().transform(Number),
  parts: z.array(z.string()),
});
type Revision = z.infer<typeof revisionSchema>;

/**
 * A catalogue as a list of contents by their hashes.
 *
 * A revision is written from the leaves up: contents, then the list of them, then in one transaction the
 * pointer to the list. Before that last step nobody sees anything of it, however many items it has; what
 * a crash leaves behind is referred to by nobody.
 */
export function createCatalogueStore(table: Table): CatalogueStore {
  const contents = createContentStore(table);
  /** Revisions never change, so the newest one that was read stays good while it is the newest. */
  let newest = NOTHING_PUBLISHED;

  async function readRevision(number: number | undefined): Promise<Revision | undefined> {
    const key = number === undefined ? HEAD_KEY : revisionKey(number);
    return readItem(table, key);
  }

  async function listOf({ parts }: Revision): Promise<Listed[]> {
    const texts = await contents.read(parts);
    return parts.flatMap((hash) => manifestPart.parse(JSON.parse(texts.get(hash) ?? '')));
  }

  return {
    async read(number) {
      const revision = await readRevision(number);
      if (!revision) {
        invariant(number === undefined, `there is no revision ${number}`);
        return NOTHING_PUBLISHED;
      }
      if (revision.revision === newest.revision) return newest;
      const published = await load(revision, await listOf(revision), contents.read);
      if (number === undefined) newest = published;
      return published;
    },

    async publish(next) {
      const before = await readRevision(undefined);
      if ((before?.revision ?? 0) !== next.basedOn) return 'stale';
      const { listed, texts } = laidOut(next);
      const known = new Set(before ? (await listOf(before)).map(([, , hash]) => hash) : []);
      const parts = partsOf(listed);
      for (const part of parts) texts.set(hashOf(part), part);
      await contents.write(new Map([...texts].filter(([hash]) => !known.has(hash))));
      return switchTo(table, next, parts.map(hashOf));
    },
  };
}

async function readItem(table: Table, key: Key): Promise<Revision | undefined> {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keyItem(key), ConsistentRead: true }),
  );
  return Item && revisionSchema.parse(fromItem(Item));
}

async function load(
  { revision }: Revision,
  listed: readonly Listed[],
  read: (hashes: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<Published> {
  const texts = await read(listed.map(([, , hash]) => hash));
  const those = (state: Listed[3]): Catalogue =>
    catalogueOf(
      listed.flatMap(([section, id, hash, is]): Entry[] =>
        is === state ? [{ section, id, content: texts.get(hash) ?? '' }] : [],
      ),
    );
  return { revision, live: those('live'), ended: those('ended') };
}

function laidOut({ live, ended }: NextRevision) {
  const texts = new Map<string, string>();
  const list = (catalogue: Catalogue, state: Listed[3]) =>
    entriesOf(catalogue).map(({ section, id, content }): Listed => {
      const hash = hashOf(content);
      texts.set(hash, content);
      return [section, id, hash, state];
    });
  return { listed: [...list(live, 'live'), ...list(ended, 'ended')], texts };
}

function partsOf(listed: readonly Listed[]): string[] {
  const parts: string[] = [];
  for (let from = 0; from < listed.length; from += ENTRIES_PER_PART) {
    parts.push(JSON.stringify(listed.slice(from, from + ENTRIES_PER_PART)));
  }
  return parts;
}

/** The one step by which a revision becomes visible. */
async function switchTo(
  table: Table,
  { basedOn, publishedAt }: NextRevision,
  parts: readonly string[],
): Promise<'published' | 'stale'> {
  const revision = basedOn + 1;
  const state = { revision, parts, publishedAt };
  const head = toItem({ ...HEAD_KEY, ...state, version: revision });
  const own = toItem({ ...revisionKey(revision), ...state });
  try {
    await table.client.send(
      new TransactWriteItemsCommand({
        TransactItems: [putVersion(table, head, basedOn), putVersion(table, own, 0)],
      }),
    );
    return 'published';
  } catch (error) {
    if (lostRace(error) || metConflict(error)) return 'stale';
    throw error;
  }
}
