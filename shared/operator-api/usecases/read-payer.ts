import type { Instant } from '#shared/kernel/time.ts';
import type { PayerRef } from '#shared/ledger/domain/refs.ts';
import {
  buildStatement,
  type HalfOpenPeriod,
  listBalances,
  type PayerBalance,
  type RunningEntry,
} from '../domain/payer-statement.ts';
import type { Page, PageRequest, Payers } from '../ports.ts';

/** What a payer owed and had paid ahead at a moment, by currency. */
export async function readBalance(
  payers: Payers,
  payer: PayerRef,
  at: Instant,
): Promise<readonly PayerBalance[]> {
  const entries = await payers.entries(payer, at);
  return listBalances(buildStatement(entries, { from: undefined, to: at }).closing);
}

export type StatementPage = Page<RunningEntry> & {
  readonly opening: readonly PayerBalance[];
  readonly closing: readonly PayerBalance[];
};

/**
 * A page of a payer's statement, with the balances before and after the whole period.
 *
 * Running balances are folded from the first entry each time: they cannot disagree with the
 * journal, and a payer's history is hundreds of entries, not millions.
 */
export async function readStatement(
  payers: Payers,
  payer: PayerRef,
  period: HalfOpenPeriod,
  page: PageRequest,
): Promise<StatementPage> {
  const entries = await payers.entries(payer, period.to);
  const statement = buildStatement(entries, period);
  const { after, limit } = page;
  const rest = statement.entries.filter(
    (entry) => after === undefined || positionOf(entry) > after,
  );
  const rows = rest.slice(0, limit);
  const last = rows.at(-1);
  return {
    rows,
    next: last && rest.length > limit ? positionOf(last) : undefined,
    opening: listBalances(statement.opening),
    closing: listBalances(statement.closing),
  };
}

/** Sorts as the statement does: moments have one length, so the text order is by moment, then id. */
function positionOf({ bookedAt, id }: RunningEntry): string {
  return `${bookedAt}#${id}`;
}
