import type { Currency } from '#shared/kernel/currency.ts';
import type { Part, PaymentStatement } from '#shared/payments/domain/statement.ts';
import { type OwnDigits, ownAmount } from '../common/own-units.ts';
import { refuse } from '../common/refused.ts';
import type { AdyenAccount } from './account.ts';
import type { NotificationItem } from './item.ts';

/** Adyen's digits where they differ from ISO 4217. Source: docs.adyen.com, "currency codes". */
export const ADYEN_DIGITS: OwnDigits = { CLP: 2, ISK: 2, IDR: 0 };

export type Facts = Pick<PaymentStatement, 'kind' | 'lifecycle'> &
  Partial<Pick<PaymentStatement, 'totals' | 'parts'>>;
export type Ignored = { readonly ignored: string };

/** Known events that say nothing about the money of a payment, or nothing that another does not say. */
const WITHOUT_MONEY: ReadonlySet<string> = new Set([
  'AUTORESCUE',
  'CANCEL_AUTORESCUE',
  'DISPUTE_DEFENSE_PERIOD_ENDED',
  'INFORMATION_SUPPLIED',
  'ISSUER_COMMENTS',
  'ISSUER_RESPONSE_TIMEFRAME_EXPIRED',
  'MANUAL_REVIEW_ACCEPT',
  'MANUAL_REVIEW_REJECT',
  'NOTIFICATION_OF_FRAUD',
  'OFFER_CLOSED',
  'ORDER_CLOSED',
  'ORDER_OPENED',
  'PENDING',
  'POSTPONED_REFUND',
  'PREARBITRATION_OPENED',
  'RECURRING_CONTRACT',
  'REPORT_AVAILABLE',
  'REQUEST_FOR_INFORMATION',
]);

/** Whether an event is known and needs no statement. Such an event may carry any currency. */
export function isWithoutMoney({ eventCode }: NotificationItem): boolean {
  return WITHOUT_MONEY.has(eventCode);
}

/** What an event says about the money. Operations have their own ids and amounts; no event says a total. */
export function factsOf(
  item: NotificationItem,
  currency: Currency,
  account: AdyenAccount,
): Facts | Ignored {
  const { eventCode } = item;
  const succeeded = item.success === 'true';
  switch (eventCode) {
    case 'AUTHORISATION':
      return succeeded ? authorised(item, currency, account) : DECLINED;
    case 'AUTHORISATION_ADJUSTMENT':
      return succeeded ? adjusted(item, currency) : NOTHING_CHANGED;
    case 'CAPTURE':
      return succeeded ? captured(item, currency) : NOTHING_CHANGED;
    case 'CAPTURE_FAILED':
      return captureFailed(item, currency);
    case 'CANCELLATION':
    case 'TECHNICAL_CANCEL':
    case 'EXPIRE':
      return succeeded ? undone(item, currency, account) : NOTHING_CHANGED;
    case 'CANCEL_OR_REFUND':
      return succeeded ? cancelledOrRefunded(item, currency, account) : NOTHING_CHANGED;
    case 'REFUND':
      return succeeded ? refunded(item, currency) : refundFailed(item, currency);
    case 'REFUND_FAILED':
    case 'REFUNDED_REVERSED':
      return refundFailed(item, currency);
    default:
      return disputeFacts(item, currency);
  }
}

const NOTHING_CHANGED: Ignored = { ignored: 'the operation was declined, nothing changed' };

function authorised(item: NotificationItem, currency: Currency, account: AdyenAccount): Facts {
  const amount = amountOf(item, currency);
  if (account.capture === 'manual') {
    return {
      kind: 'payment.authorised',
      lifecycle: 'authorised',
      totals: { authorised: amount },
    };
  }
  return {
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { authorised: amount, captured: amount },
  };
}

/** `reason` is not signed, and after a success it is card data: it is never read. */
const DECLINED: Facts = { kind: 'payment.failed', lifecycle: 'failed' };

/** The amount is the new total of the hold. */
function adjusted(item: NotificationItem, currency: Currency): Facts {
  const totals = { authorised: amountOf(item, currency) };
  return { kind: 'payment.authorised', lifecycle: 'authorised', totals };
}

function captured(item: NotificationItem, currency: Currency): Facts {
  const parts = partsOf(['captured'], item, currency);
  return { kind: 'payment.captured', lifecycle: 'captured', parts };
}

function captureFailed(item: NotificationItem, currency: Currency): Facts {
  const parts = partsOf(['captured', 'captureReversed'], item, currency);
  return { kind: 'payment.capture_reversed', lifecycle: 'captured', parts };
}

/** Where authorisations count as captured, a cancelled one must say how much is taken back. */
function undone(item: NotificationItem, currency: Currency, account: AdyenAccount): Facts {
  const kind = item.eventCode === 'EXPIRE' ? 'payment.expired' : 'payment.cancelled';
  if (account.capture === 'manual') return { kind, lifecycle: 'cancelled' };
  const totals = { captureReversed: amountOf(item, currency) };
  return { kind, lifecycle: 'cancelled', totals };
}

/**
 * Which of the two happened stands only in a field that is not signed. It does not matter: returned
 * money counts against captured money, and a cancelled hold has none.
 */
function cancelledOrRefunded(
  item: NotificationItem,
  currency: Currency,
  account: AdyenAccount,
): Facts {
  const zeroAllowed = account.capture === 'manual';
  const amount = amountOf(item, currency, zeroAllowed);
  const parts = amount > 0n ? partsOf(['refunded'], item, currency) : [];
  return { kind: 'refund.succeeded', lifecycle: 'cancelled', parts };
}

function refunded(item: NotificationItem, currency: Currency): Facts {
  const parts = partsOf(['refunded'], item, currency);
  return { kind: 'refund.succeeded', lifecycle: 'captured', parts };
}

/** REFUND success can be followed by REFUND_FAILED of the same id: both parts, so that order is no matter. */
function refundFailed(item: NotificationItem, currency: Currency): Facts {
  const parts = partsOf(['refunded', 'refundFailed'], item, currency);
  return { kind: 'refund.failed', lifecycle: 'captured', parts };
}

/** All events of one dispute have the same pspReference. */
function disputeFacts(item: NotificationItem, currency: Currency): Facts {
  const lifecycle = 'captured';
  switch (item.eventCode) {
    case 'NOTIFICATION_OF_CHARGEBACK':
    case 'CHARGEBACK':
      return { kind: 'dispute.opened', lifecycle, parts: partsOf(['disputed'], item, currency) };
    case 'CHARGEBACK_REVERSED':
    case 'PREARBITRATION_WON':
      return {
        kind: 'dispute.won',
        lifecycle,
        parts: partsOf(['disputed', 'disputeWon'], item, currency),
      };
    case 'SECOND_CHARGEBACK':
    case 'PREARBITRATION_LOST':
      return {
        kind: 'dispute.lost',
        lifecycle,
        parts: partsOf(['disputed', 'disputeLost'], item, currency),
      };
    default:
      return refuse('status_unknown', 'eventCode');
  }
}

function partsOf(
  totals: readonly Part['total'][],
  item: NotificationItem,
  currency: Currency,
): readonly Part[] {
  const amount = amountOf(item, currency);
  return totals.map((total) => ({ total, id: item.pspReference, amount }));
}

function amountOf(item: NotificationItem, currency: Currency, zeroAllowed = false): bigint {
  const field = 'amount.value';
  return ownAmount(item.amount.value, { field, currency, digits: ADYEN_DIGITS, zeroAllowed });
}
