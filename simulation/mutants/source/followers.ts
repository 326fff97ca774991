import type { SourceMutant } from './source-mutant.ts';

const DERIVE = 'shared/events/domain/derive-events.ts';
const PUBLISH = 'shared/events/usecases/publish-changes.ts';
const SEND = 'shared/events/adapters/send-events.ts';
const SEAL = 'shared/ledger/usecases/seal-changes.ts';
const CHAIN = 'shared/ledger/domain/seal.ts';

/** Bugs in what follows the ledger: events, access, the seal. */
export const FOLLOWER_SOURCE_MUTANTS: readonly SourceMutant[] = [
  {
    name: 'sequence-reused',
    bug: 'A version that brings two events counts them as one.',
    file: DERIVE,
    find: 'sequence: (before?.sequence ?? 0) + events,',
    replace: 'sequence: (before?.sequence ?? 0) + Math.min(events, 1),',
  },
  {
    name: 'reopening-untold',
    bug: 'Nobody is told that more of an invoice is due again.',
    file: DERIVE,
    find: "return ['invoice.reopened.v1'];",
    replace: 'return [];',
  },
  {
    name: 'numbered-from-zero',
    bug: 'The first event of a version has the number of the last one before.',
    file: PUBLISH,
    find: 'before + index + 1',
    replace: 'before + index',
  },
  {
    name: 'last-refusal-told',
    bug: 'The stream is told to repeat from the last event that was refused, not from the first.',
    file: PUBLISH,
    find: 'derived.findIndex((one) => one.events.some((event) => unsent.has(event)))',
    replace: 'derived.findLastIndex((one) => one.events.some((event) => unsent.has(event)))',
  },
  {
    name: 'refusal-unread',
    bug: 'A call that succeeds is taken for one whose every entry was taken.',
    file: SEND,
    find: 'if (ErrorCode) failed.push',
    replace: "if (ErrorCode === 'none') failed.push",
  },
  {
    name: 'access-out-of-order',
    bug: 'An older event may overwrite what a newer one decided.',
    file: 'shared/access/adapters/access-store.ts',
    find: '#sequence < :sequence',
    replace: '#sequence <> :sequence',
  },
  {
    name: 'access-failure-untold',
    bug: 'The queue does not hear which events could not be worked off.',
    file: 'functions/access/update-access/create-handler.ts',
    find: 'return [{ itemIdentifier: messageId }];',
    replace: 'return [];',
  },
  {
    name: 'access-for-a-part',
    bug: 'Paying a part of an invoice opens the whole.',
    file: 'shared/access/domain/access.ts',
    find: "eventName === 'invoice.paid.v1'",
    replace: "eventName !== 'invoice.reopened.v1'",
  },
  {
    name: 'previous-hash-left-out',
    bug: 'A block’s hash does not cover the block before.',
    file: CHAIN,
    find: 'canonical({ number, previous, sealedAt, records',
    replace: 'canonical({ number, sealedAt, records',
  },
  {
    name: 'record-hash-without-image',
    bug: 'A record’s hash does not cover the image of its item.',
    file: CHAIN,
    find: 'return hash(canonical(record));',
    replace: "return hash(canonical({ ...record, image: '' }));",
  },
  {
    name: 'later-versions-known',
    bug: 'An item that was sealed once is taken for sealed in all its versions.',
    file: SEAL,
    find: 'part.filter(({ record }) => !known.has(',
    replace:
      'part.filter(({ record }) => ![...known].some((one) => one.startsWith(record.object)) && !known.has(',
  },
  {
    name: 'entries-sealed-again',
    bug: 'Each version seals all entries of its item, not those that it added.',
    file: SEAL,
    find: '.slice(before ? entriesOf(kind, before).length : 0)',
    replace: '.slice(0)',
  },
  {
    name: 'lost-seal-race-ignored',
    bug: 'A block that lost its race is taken for sealed.',
    file: SEAL,
    find: "(await store.append(block, records, postings, head)) === 'sealed'",
    replace: '(await store.append(block, records, postings, head)) !== undefined',
  },
  {
    name: 'prepayment-unposted',
    bug: 'What a payer has paid ahead does not reach the statement of the account.',
    file: SEAL,
    find: '/^(receivable|prepayment):/',
    replace: '/^receivable:/',
  },
  {
    name: 'image-of-the-key',
    bug: 'The image of an item covers its key only.',
    file: 'shared/ledger/adapters/journal-store.ts',
    find: 'return sha256(canonical(item));',
    replace: "return sha256(canonical(item['pk']));",
  },
];
