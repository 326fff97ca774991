import type { Mutation } from '../product/mutation.ts';
import { unconditional } from './actions.ts';

/** Bugs in what follows the ledger: events, access and the seal. */
export const FOLLOWER_MUTANTS: readonly Mutation[] = [
  {
    name: 'event-without-identity',
    bug: 'An event gets a new id each time it is published.',
    sendEvents: (send) => {
      let sent = 0;
      return (events) =>
        send(events.map((event) => ({ ...event, detail: { ...event.detail, id: `${++sent}` } })));
    },
  },
  {
    name: 'refused-event-forgotten',
    bug: 'The entries that the bus did not take are not sent again.',
    sendEvents: (send) => async (events) => {
      await send(events);
      return [];
    },
  },
  {
    name: 'access-by-arrival',
    bug: 'The last event to arrive decides about access, not the newest.',
    rewrite: (site) =>
      site.input['TableName'] === 'access' && site.operation === 'PutItem'
        ? unconditional(site.input)
        : site.input,
  },
  {
    name: 'seal-gives-up',
    bug: 'A batch of the stream that could not be sealed is skipped.',
    sealing: (seal) => seal().catch(() => undefined),
  },
  {
    name: 'access-error-swallowed',
    bug: 'An access that could not be written is logged and forgotten.',
    saveAccess: (save) => (access) => save(access).catch(() => 'stale' as const),
  },
  {
    name: 'posting-left-out',
    bug: 'A block is sealed without the lines on the payers’ accounts.',
    journal: (store) => ({
      ...store,
      append: (block, records, _postings, head) => store.append(block, records, [], head),
    }),
  },
];
