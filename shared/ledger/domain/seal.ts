import type { Instant } from '#shared/kernel/time.ts';

/**
 * One sealed version of one ledger item.
 *
 * `image` is the hash of the whole item as it was stored, so changing any byte of a payment, an
 * invoice head or a payer account around the product is found, not only changing its entries.
 */
export type SealedRecord = {
  /** `<pk>|<sk>` of the ledger item. */
  readonly object: string;
  readonly version: number;
  /** The hash, or `UNSEEN`. */
  readonly image: string;
  /** The journal entries that this version added, as canonical text. */
  readonly entries: readonly string[];
};

/** A block of the chain. Each holds the hash of the one before. */
export type SealBlock = {
  readonly number: number;
  readonly previous: string;
  readonly sealedAt: Instant;
  /** Hashes of the records, in order, with the names to find them by. */
  readonly records: readonly {
    readonly object: string;
    readonly version: number;
    readonly hash: string;
    /** A gap: nobody has seen this version. */
    readonly unseen?: true;
  }[];
  readonly hash: string;
};

/** Where the chain ends. */
export type SealHead = { readonly number: number; readonly hash: string };

/** The hash function is handed in: the domain imports nothing of the machine. */
export type Hash = (text: string) => string;

/** What the first block holds in place of a previous hash. */
export const GENESIS = '0'.repeat(64);

/**
 * Stands for the image of a version that the stream has lost. What it booked is known from later
 * versions, what else it said is not, and the chain says so for good.
 */
export const UNSEEN = 'unseen';

/** How many entries' worth of writes fit into one transaction with block and head (DynamoDB: 100 actions). */
export const RECORDS_PER_BLOCK = 24;

/**
 * The one text of a JSON value: keys sorted, no spaces, so that equal values give equal hashes
 * whatever wrote them.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const byKey: Readonly<Record<string, unknown>> = { ...value };
  let pairs = '';
  for (const key of Object.keys(byKey).sort()) {
    const inner = byKey[key];
    if (inner === undefined) continue;
    pairs += `${pairs && ','}${JSON.stringify(key)}:${canonical(inner)}`;
  }
  return `{${pairs}}`;
}

export function hashOfRecord(record: SealedRecord, hash: Hash): string {
  return hash(canonical(record));
}

export function hashOfBlock(
  { number, previous, sealedAt, records }: Omit<SealBlock, 'hash'>,
  hash: Hash,
): string {
  return hash(canonical({ number, previous, sealedAt, records }));
}

/** Seals records on top of the chain. */
export function nextBlock(
  head: SealHead | undefined,
  records: readonly SealedRecord[],
  sealedAt: Instant,
  hash: Hash,
): SealBlock {
  const body = {
    number: (head?.number ?? 0) + 1,
    previous: head?.hash ?? GENESIS,
    sealedAt,
    records: records.map((record) => ({
      object: record.object,
      version: record.version,
      hash: hashOfRecord(record, hash),
      ...(record.image === UNSEEN && { unseen: true as const }),
    })),
  };
  return { ...body, hash: hashOfBlock(body, hash) };
}

/** What is wrong with a block, given the one before and its records; `undefined` when it holds. */
export function faultOfBlock(
  block: SealBlock,
  before: SealHead | undefined,
  recordOf: (object: string, version: number) => SealedRecord | undefined,
  hash: Hash,
): string | undefined {
  if (block.number !== (before?.number ?? 0) + 1)
    return `block ${block.number} does not follow block ${before?.number ?? 0}`;
  if (block.previous !== (before?.hash ?? GENESIS))
    return `block ${block.number} does not hold the hash of the block before`;
  if (block.hash !== hashOfBlock(block, hash)) return `block ${block.number} was changed`;
  for (const { object, version, hash: expected } of block.records) {
    const record = recordOf(object, version);
    if (!record) return `record ${object} version ${version} of block ${block.number} is missing`;
    if (hashOfRecord(record, hash) !== expected)
      return `record ${object} version ${version} of block ${block.number} was changed`;
  }
  return undefined;
}
