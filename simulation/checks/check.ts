import type { Item } from '#shared/platform/table.ts';
import type { Cloud } from '../cloud.ts';
import type { Expected } from '../oracle.ts';
import type { Watched } from '../watches/seal.ts';
import type { Story } from '../world/story.ts';

/** Everything there is when nothing moves any more. */
export type Outcome = {
  readonly stories: readonly Story[];
  readonly expected: Expected;
  readonly ledger: readonly Item[];
  readonly journal: readonly Item[];
  readonly access: readonly Item[];
  /** Bodies of the dead letters that no operator has replayed. */
  readonly deadLetters: readonly string[];
  /** Those that were, with what they had died of. */
  readonly replayed: readonly { readonly body: string; readonly reason: string }[];
  readonly published: Cloud['published'];
  /** How many messages are left, by queue. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Records that the stream or a consumer of it has lost: they were caught up from the table. */
  readonly skipped: number;
  /** What the product's watch over the ledger has said. */
  readonly watched: Watched;
  /** Messages that were deleted before their effect was durable, and other things seen on the way. */
  readonly observed: readonly string[];
};

/** One property of every run. A file each; a new one is a line in `registry.ts`. */
export type Check = {
  readonly name: string;
  /** Says what is wrong, in words that name the record; nothing when all is well. */
  check(outcome: Outcome): string[];
};
