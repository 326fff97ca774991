import { isJson } from '#local/kernel/input.ts';
import type { PaymentStore } from '#shared/payments/ports.ts';
import type { Mutation } from '../product/mutation.ts';
import { isVersioned, mapActions, pkOf, skOf, unguarded } from './actions.ts';

/** Bugs in how payments, invoices and accounts are decided on and written. */
export const LEDGER_MUTANTS: readonly Mutation[] = [
  {
    name: 'missing-version-guard',
    bug: 'A payment is written over whatever version stands there.',
    rewrite: (site) =>
      mapActions(site, (action) =>
        pkOf(action).startsWith('PAYMENT#') ? unguarded(action) : action,
      ),
  },
  {
    name: 'missing-invoice-guard',
    bug: 'An invoice head is written over whatever version stands there.',
    rewrite: (site) =>
      mapActions(site, (action) =>
        pkOf(action).startsWith('INVOICE#') && isVersioned(action) ? unguarded(action) : action,
      ),
  },
  {
    name: 'conflict-taken-as-saved',
    bug: 'A transaction that lost its race is taken for a success.',
    store: (store) => ({
      ...store,
      async save(write) {
        await store.save(write);
        return 'saved';
      },
    }),
  },
  {
    name: 'error-taken-as-saved',
    bug: 'An error of the table is caught, logged and forgotten.',
    store: (store) => ({
      ...store,
      save: (write) => store.save(write).catch(() => 'saved' as const),
    }),
  },
  {
    name: 'wrong-rank',
    bug: 'The lifecycle follows the last message instead of the highest rank.',
    store: (store) => forgetting(store, (payment) => ({ ...payment, lifecycle: 'pending' })),
  },
  {
    name: 'last-message-wins',
    bug: 'The totals of the last message replace the known ones.',
    store: (store) =>
      forgetting(store, (payment) => ({
        ...payment,
        stated: { ...payment.stated, captured: 0n, refunded: 0n },
      })),
  },
  {
    name: 'lost-operation',
    bug: 'Only the last operation of a payment is kept, not the sum of all.',
    store: (store) => forgetting(store, (payment) => ({ ...payment, parts: new Map() })),
  },
  {
    name: 'waiting-mark-skipped',
    bug: 'A payment that comes before its invoice leaves no mark to be found by.',
    rewrite: (site) =>
      mapActions(site, (action) => (skOf(action).startsWith('WAITING#') ? undefined : action)),
  },
  {
    name: 'absence-not-checked',
    bug: 'A payment is parked without checking that its invoice still does not exist.',
    rewrite: (site) =>
      mapActions(site, (action) => (isJson(action['ConditionCheck']) ? undefined : action)),
  },
  {
    name: 'waiting-not-resettled',
    bug: 'Creating an invoice does not look for the payments that waited for it.',
    resettle: 'forgotten',
  },
  {
    name: 'prepayment-not-moved',
    bug: 'What a payer has paid ahead is not written to the account.',
    rewrite: (site) =>
      site.fn === 'settle'
        ? mapActions(site, (action) => (isJson(action['Update']) ? undefined : action))
        : site.input,
  },
  {
    name: 'invoice-not-written',
    bug: 'The payment is stored, and its invoice in a second step that never comes.',
    store: (store) => ({ ...store, save: (write) => store.save({ ...write, invoice: undefined }) }),
  },
  {
    name: 'events-not-counted',
    bug: 'A new version of a payment does not count the events that it brings.',
    store: (store) => ({
      ...store,
      save: (write) =>
        store.save({
          ...write,
          payments: write.payments.map(({ before, after }) => ({
            before,
            after: { ...after, sequence: before?.sequence ?? 0 },
          })),
        }),
    }),
  },
];

function forgetting(
  store: PaymentStore,
  forget: (payment: NonNullable<Stored>) => NonNullable<Stored>,
): PaymentStore {
  return {
    ...store,
    async load(query) {
      const snapshot = await store.load(query);
      return {
        ...snapshot,
        payment(ref) {
          const payment = snapshot.payment(ref);
          return payment && forget(payment);
        },
      };
    },
  };
}
type Stored = ReturnType<Awaited<ReturnType<PaymentStore['load']>>['payment']>;
