import { paymentItemKey } from '#shared/ledger/adapters/keys.ts';
import { settlePaymentFromWire } from '#shared/payments/contracts/settle-payment.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { type Item, keyItem } from '#shared/platform/table.ts';
import { type PaymentRecord, paymentsIn } from '../checks/records.ts';
import type { Cloud } from '../cloud.ts';

/** Watches each deletion of a payments message: what it told must be stored by then, or be buried. */
export function watchDurability(cloud: Cloud, report: (problem: string) => void) {
  return (body: string): void => {
    if (cloud.buried.has(body)) return;
    const statement = readable(body);
    if (!statement) {
      report(`S5: an unreadable message was deleted: ${body.slice(0, 60)}`);
      return;
    }
    const input = { TableName: 'ledger', Key: keyItem(paymentItemKey(statement)) };
    void cloud.dynamodb.call('GetItem', input, { principal: 'root' }).then((answer) => {
      const problem = missing(statement, storedIn(answer));
      if (problem)
        report(`S5: ${statement.kind} of ${statement.paymentId} was deleted: ${problem}`);
    });
  };
}

function storedIn(answer: { readonly Item?: unknown }): PaymentRecord | undefined {
  const { Item: item } = answer;
  // The engine gives back what the product stored, in the same form.
  return item === undefined ? undefined : paymentsIn([item as Item])[0];
}

function missing(
  { needsReread, totals, parts }: PaymentStatement,
  stored: PaymentRecord | undefined,
): string | undefined {
  if (!stored) return 'its payment is not stored';
  if (needsReread) return undefined; // What the gateway answered is for the oracle to know.
  const short = Object.entries(totals).find(
    ([total, amount]) => (stored.stated[total] ?? 0n) < amount,
  );
  if (short) return `${short[0]} is ${stored.stated[short[0]] ?? 0n}, not ${short[1]}`;
  const part = parts.find(
    ({ total, id, amount }) => (stored.parts[`${total}:${id}`] ?? 0n) < amount,
  );
  return part && `operation ${part.id} is missing`;
}

function readable(body: string): PaymentStatement | undefined {
  try {
    return settlePaymentFromWire(body).statement;
  } catch {
    return undefined;
  }
}
