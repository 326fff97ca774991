import {
  type DeadLetterView,
  listDeadLettersOperation,
  listRejectedDeliveriesOperation,
  type RejectedDeliveryView,
  replayDeadLetterOperation,
} from '#shared/operator-api/contracts/deliveries.ts';
import { isRejection, reject } from '#shared/operator-api/contracts/problem.ts';
import type { FiledDeadLetter, KeptRefusal, OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { mayDo } from '../caller.ts';
import { nextCursorOf, pageRequest } from '../paging.ts';
import { answer, route } from '../route.ts';

export function deliveryRoutes({ deadLetters, refusedDeliveries, now }: OperatorApiPorts) {
  return [
    route(listDeadLettersOperation, async ({ query }) => {
      const scope = { listing: 'dead-letters', filters: [] };
      const page = pageRequest(scope, query);
      if (isRejection(page)) return page;
      const { rows, next } = await deadLetters.list(page);
      return answer(200, { deadLetters: rows.map(deadLetterView), ...nextCursorOf(scope, next) });
    }),

    route(replayDeadLetterOperation, async ({ params, caller }) => {
      const replay = await deadLetters.replay(params.id, caller.sub, now());
      if (replay.outcome !== 'replayed') return reject(`dead_letter.${replay.outcome}`);
      return answer(202, deadLetterView(replay.letter));
    }),

    route(listRejectedDeliveriesOperation, async ({ query, caller }) => {
      const withRaw = query.raw === 'true';
      // Raw requests may hold personal data: whoever may only look at figures does not see them.
      if (withRaw && !mayDo(caller, 'operators/write')) {
        return reject('request.scope_missing', 'raw=true needs operators/write.');
      }
      const filter = { day: query.day ?? now().slice(0, 10), gateway: query.gateway, withRaw };
      const filters = [query.day ?? '', query.gateway ?? '', query.raw];
      const scope = { listing: 'rejected-deliveries', filters };
      const page = pageRequest(scope, query);
      if (isRejection(page)) return page;
      const { rows, next } = await refusedDeliveries.list(filter, page);
      return answer(200, { deliveries: rows.map(refusalView), ...nextCursorOf(scope, next) });
    }),
  ];
}

function deadLetterView({ about, ...letter }: FiledDeadLetter): DeadLetterView {
  return { ...letter, ...about };
}

function refusalView({ refusal, kind, ...rest }: KeptRefusal): RejectedDeliveryView {
  return { ...rest, reason: refusal, ...(kind !== undefined && { kind }) };
}
