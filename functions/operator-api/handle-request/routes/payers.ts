import {
  readBalanceOperation,
  readStatementOperation,
} from '#shared/operator-api/contracts/payers.ts';
import { isRejection } from '#shared/operator-api/contracts/problem.ts';
import type { PayerBalance, RunningEntry } from '#shared/operator-api/domain/payer-statement.ts';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { readBalance, readStatement } from '#shared/operator-api/usecases/read-payer.ts';
import { nextCursorOf, pageRequest } from '../paging.ts';
import { invalid } from '../problems.ts';
import { answer, route } from '../route.ts';

export function payerRoutes({ payers, now }: OperatorApiPorts) {
  return [
    route(readBalanceOperation, async ({ params, query }) => {
      const at = query.at ?? now();
      const balances = await readBalance(payers, params, at);
      return answer(200, { ...params, at, balances: balances.map(balanceView) });
    }),

    route(readStatementOperation, async ({ params, query }) => {
      const { from, to = now() } = query;
      if (from !== undefined && from >= to) return EMPTY_PERIOD;
      // The asked end, not the present moment: it would make every page another listing.
      const filters = [params.seller, params.payerId, from ?? '', query.to ?? ''];
      const scope = { listing: 'statement', filters };
      const page = pageRequest(scope, query);
      if (isRejection(page)) return page;
      const statement = await readStatement(payers, params, { from, to }, page);
      const body = {
        ...params,
        ...(from && { from }),
        to,
        opening: statement.opening.map(balanceView),
        entries: statement.rows.map(entryView),
        closing: statement.closing.map(balanceView),
        ...nextCursorOf(scope, statement.next),
      };
      return answer(200, body);
    }),
  ];
}

const EMPTY_PERIOD = invalid('request.parameter_invalid', [
  { in: 'query', path: '/from', message: 'must be before the end of the period' },
]);

function balanceView({ currency, receivable, prepayment }: PayerBalance) {
  return { currency, receivable: String(receivable), prepayment: String(prepayment) };
}

function entryView(entry: RunningEntry) {
  const { id, bookedAt, cause, balance } = entry;
  return { id, bookedAt, cause, ...balanceView(entry), balance: balanceView(balance) };
}
