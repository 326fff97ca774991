import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { jsonAnswer } from '../common/acknowledge.ts';
import { requireAllowedAddress } from '../common/addresses.ts';
import { parseFields } from '../common/fields.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { CloudpaymentsAccount } from './account.ts';
import { readCheck } from './check.ts';
import { type Fields, filled, isTest, KINDS, type Kind, notificationFields } from './fields.ts';
import { statementOf } from './statements.ts';
import { verifiedFields } from './verify.ts';

/** Anything but code 0 is delivered up to a hundred times. */
export const ACCEPTED = jsonAnswer(200, { code: 0 });

/** States of a subscription that CloudPayments itself charges. We charge tokens; these are told for information. */
const SUBSCRIPTION_STATES = new Set(['Active', 'PastDue', 'Cancelled', 'Rejected', 'Expired']);

/** Reads one notification. What it is about stands in the address only. */
export function readNotification(request: RawRequest, account: CloudpaymentsAccount): Reception {
  requireAllowedAddress(request.sourceIp, account.allowedAddresses);
  const kind = KINDS.find((known) => known === request.kind);
  if (!kind) return refuse('kind_unknown', 'the address names no notification type');
  const { fields: byName, isWeak } = verifiedFields(request, account.secrets);
  if (kind === 'recurrent') return readRecurrent(byName);

  const fields = parseFields(notificationFields, filled(byName));
  if (isTest(fields) && !account.test) refuse('test_message', 'TestMode');
  if (kind === 'check') return readCheck(fields, account.currency);
  const because = operationOtherThan(kind, fields);
  if (because !== undefined) return ignored(because);
  const statement = statementOf(kind, fields, account);
  return {
    outcome: 'statements',
    statements: [isWeak ? unproven(statement) : statement],
    acknowledgement: ACCEPTED,
  };
}

function ignored(because: string): Reception {
  return { outcome: 'ignored', because, acknowledgement: ACCEPTED };
}

function readRecurrent(fields: ReadonlyMap<string, string>): Reception {
  if (!SUBSCRIPTION_STATES.has(fields.get('Status') ?? '')) refuse('status_unknown', 'Status');
  return ignored('a subscription of the gateway changed; its charges come as Pay');
}

/** Addresses of payments also hear of payouts, and of refunds that did not succeed. */
function operationOtherThan(kind: Kind, { OperationType: type }: Fields): string | undefined {
  const expected = kind === 'refund' ? 'Refund' : 'Payment';
  if (type === undefined || type === expected) return undefined;
  if (type === 'CardPayout') return 'a payout to a card';
  if (kind === 'fail' && type === 'Refund') return 'a refund that did not happen';
  return refuse('status_unknown', 'OperationType');
}

function unproven(statement: PaymentStatement): PaymentStatement {
  return { ...statement, totals: {}, parts: [], needsReread: 'weak_signature' };
}
