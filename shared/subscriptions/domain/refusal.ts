/** Why a command is not carried out. Asking again changes nothing until the subscription has changed. */
export type RefusalReason =
  | 'unknown_subscription'
  /** The id belongs to a subscription that has no end. */
  | 'id_in_use'
  | 'bad_id'
  | 'bad_cycle'
  | 'bad_trial'
  | 'no_items'
  | 'duplicate_item'
  | 'unknown_item'
  | 'unknown_plan'
  | 'unknown_version'
  | 'plan_not_valid_yet'
  | 'no_price_in_currency'
  | 'negative_units'
  | 'too_many_units'
  | 'before_start'
  | 'after_end'
  /** It would change days whose books are closed. */
  | 'period_closed'
  | 'day_out_of_reach'
  | 'trial_ends_before_start'
  | 'trial_unchanged'
  /** Free days that have passed are not taken back. */
  | 'trial_days_passed'
  | 'pause_ends_before_it_begins'
  | 'overlapping_pause'
  | 'not_paused'
  | 'already_cancelled'
  | 'not_cancelled'
  | 'not_gated'
  | 'already_active';

export type Refusal = {
  /** The field of the command that is at fault, such as `items[1].units`; empty for the whole command. */
  readonly path: string;
  readonly reason: RefusalReason;
  /** The same in words, with the days and ids that matter. */
  readonly message: string;
};

export type Refused = { readonly refused: Refusal };

export function refuse(path: string, reason: RefusalReason, message: string): Refused {
  return { refused: { path, reason, message } };
}
