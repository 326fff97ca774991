import type { SourceMutant } from './source-mutant.ts';

const MERGE = 'shared/payments/domain/merge-statement.ts';
const DECIDE = 'shared/payments/domain/decide-settlement.ts';
const POSITION = 'shared/payments/domain/position.ts';
const SETTLE = 'shared/payments/usecases/settle-payments.ts';
const STORE = 'shared/payments/adapters/payment-store.ts';
const NET = 'const net = received - returned - lost;';

/** Bugs in what payments come to and how they are settled. */
export const PAYMENT_SOURCE_MUTANTS: readonly SourceMutant[] = [
  {
    name: 'totals-added-up',
    bug: 'A total that is told again is added to the known one.',
    file: MERGE,
    find: 'largerOf(known[total], told[total] ?? 0n)',
    replace: 'known[total] + (told[total] ?? 0n)',
  },
  {
    name: 'stale-totals-win',
    bug: 'A statement replaces what a newer one told.',
    file: MERGE,
    find: 'largerOf(known[total], told[total] ?? 0n)',
    replace: 'told[total] ?? known[total]',
  },
  {
    name: 'operation-counted-twice',
    bug: 'An operation that is told again is added to itself.',
    file: MERGE,
    find: 'largerOf(merged.get(key) ?? 0n, amount)',
    replace: '(merged.get(key) ?? 0n) + amount',
  },
  {
    name: 'lifecycle-by-arrival',
    bug: 'The lifecycle is that of the message which came last.',
    file: MERGE,
    find: 'higherLifecycle(payment.lifecycle, statement.lifecycle)',
    replace: 'statement.lifecycle',
  },
  {
    name: 'lifecycle-misranked',
    bug: 'A failed try ranks above a capture.',
    file: 'shared/payments/domain/statement.ts',
    find: "['pending', 'failed', 'authorised', 'cancelled', 'captured']",
    replace: "['pending', 'authorised', 'cancelled', 'captured', 'failed']",
  },
  {
    name: 'refund-booked-twice',
    bug: 'A refund is deducted from the net twice.',
    file: POSITION,
    find: NET,
    replace: 'const net = notNegative(received - returned - returned - lost);',
  },
  {
    name: 'hold-deducted',
    bug: 'Money that is held during a dispute is taken for lost.',
    file: POSITION,
    find: NET,
    replace:
      'const net = notNegative(received - returned - lost - notNegative(totals.disputed - totals.disputeWon - totals.disputeLost));',
  },
  {
    name: 'release-as-refund',
    bug: 'A hold that is released is counted as a refund.',
    file: POSITION,
    find: 'const returned = smallerOf(refunds, received);',
    replace: 'const returned = smallerOf(refunds + totals.disputeWon, received);',
  },
  {
    name: 'charged-back-and-refunded',
    bug: 'What was refunded is deducted once more when it is charged back.',
    file: POSITION,
    find: 'const lost = smallerOf(totals.disputeLost, received - returned);',
    replace: 'const lost = smallerOf(totals.disputeLost + returned, received - returned);',
  },
  {
    name: 'kopeck-too-much',
    bug: 'An invoice takes one minor unit more than is due.',
    file: DECIDE,
    find: 'notNegative(dueOf(invoice) + before)',
    replace: 'notNegative(dueOf(invoice) + before + 1n)',
  },
  {
    name: 'kopeck-lost',
    bug: 'The surplus over an invoice is one minor unit short.',
    file: DECIDE,
    find: 'prepaid: net - settled, parked: 0n, invoiceId',
    replace: 'prepaid: notNegative(net - settled - 1n), parked: 0n, invoiceId',
  },
  {
    name: 'own-part-in-the-way',
    bug: 'What a payment has settled itself is taken for room that somebody else has used.',
    file: DECIDE,
    find: 'notNegative(dueOf(invoice) + before)',
    replace: 'notNegative(dueOf(invoice))',
  },
  {
    name: 'currency-ignored',
    bug: 'Money in another currency settles an invoice.',
    file: DECIDE,
    find: "if (net > 0n && payment.currency !== invoice.currency) return park(net, 'currency_mismatch');",
    replace: '',
  },
  {
    name: 'booked-whole-again',
    bug: 'An entry books the whole balance instead of the difference to what is booked.',
    file: DECIDE,
    find: 'linesBetween(balancesOf(payment.entries), target)',
    replace: 'linesBetween(new Map(), target)',
  },
  {
    name: 'parked-without-asking',
    bug: 'A payment is parked for an invoice that may have been created meanwhile.',
    file: 'shared/payments/usecases/plan-group.ts',
    find: 'absentInvoices: absentInvoices(changes),',
    replace: 'absentInvoices: [],',
  },
  {
    name: 'race-taken-as-won',
    bug: 'A transaction that lost its race is told as settled.',
    file: SETTLE,
    find: "(await deps.store.save(plan.write)) === 'saved'",
    replace: '(await deps.store.save(plan.write)) !== undefined',
  },
  {
    name: 'gateway-not-heard',
    bug: 'The gateway is asked, and its answer is not used.',
    file: SETTLE,
    find: 'statement: asNotified(answer, request.statement),',
    replace: 'statement: { ...answer, ...request.statement },',
  },
  {
    name: 'unread-keys-forgotten',
    bug: 'What a batch read has left unread is taken for absent.',
    file: STORE,
    find: 'rest = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];',
    replace: 'rest = [];',
  },
  {
    name: 'mark-left-behind',
    bug: 'A payment that no longer waits keeps its mark instead of the new one being put.',
    file: STORE,
    find: 'if (is && !was) return [put,',
    replace: 'if (is && was) return [put,',
  },
  {
    name: 'prepayment-never-spent',
    bug: 'Prepayment that moves on stays in the account where it was.',
    file: STORE,
    find: 'delta: -(before?.allocation.prepaid ?? 0n)',
    replace: 'delta: 0n',
  },
  {
    name: 'throttle-swallowed',
    bug: 'A message that is to come again is told as done.',
    file: 'shared/payments/usecases/settle-batch.ts',
    find: "return { id: result.id, fate: 'retry', because: result.because, error: result.error };",
    replace: "return { id: result.id, fate: 'done' };",
  },
  {
    name: 'version-unguarded',
    bug: 'An item is written over any version of it.',
    file: 'shared/platform/table.ts',
    find: "ConditionExpression: '#version = :expected'",
    replace: "ConditionExpression: '#version >= :expected'",
  },
  {
    name: 'conflict-for-ever',
    bug: 'A transaction that met another one in flight is taken for a broken promise.',
    file: 'shared/payments/usecases/settle-work.ts',
    find: 'if (error instanceof InvariantViolation)',
    replace:
      "if (error instanceof Error && error.name === 'TransactionCanceledException') return { id, done: 'poison', because: error.message };\n  if (error instanceof InvariantViolation)",
  },
  {
    name: 'allocation-forgets-who',
    bug: 'An operator’s decision moves the money and is not kept.',
    file: 'shared/payments/usecases/resettle-payments.ts',
    find: 'payments: [{ before: stored, after }],',
    replace: 'payments: [{ before: stored, after: { ...after, binding: undefined as never } }],',
  },
];
