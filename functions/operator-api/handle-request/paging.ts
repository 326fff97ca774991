import type { Rejection } from '#shared/operator-api/contracts/problem.ts';
import {
  type CursorScope,
  decodeCursor,
  encodeCursor,
} from '#shared/operator-api/domain/cursor.ts';
import type { PageRequest } from '#shared/operator-api/ports.ts';
import { invalid } from './problems.ts';

type Asked = { readonly limit: number; readonly cursor?: string };

/** Reads where a page starts; refuses a cursor of another listing or of other filters. */
export function pageRequest(scope: CursorScope, { limit, cursor }: Asked): PageRequest | Rejection {
  if (cursor === undefined) return { limit, after: undefined };
  const after = decodeCursor(scope, cursor);
  if (after !== undefined) return { limit, after };
  return invalid('request.parameter_invalid', [
    { in: 'query', path: '/cursor', message: 'is not a cursor of this listing' },
  ]);
}

/** The cursor of the next page, absent on the last one. */
export function nextCursorOf(
  scope: CursorScope,
  next: string | undefined,
): { nextCursor?: string } {
  return next === undefined ? {} : { nextCursor: encodeCursor(scope, next) };
}
