import { isObject } from '#local/template/json.ts';

/** Which items of a batch failed, by what the function answered. */
export type BatchVerdict = { kind: 'all_failed' } | { kind: 'some'; failed: ReadonlySet<string> };

const ALL_FAILED: BatchVerdict = { kind: 'all_failed' };

/**
 * Reads `batchItemFailures` as Lambda does: no answer, `null` and an empty list mean success;
 * an answer that is not understood, an empty identifier or an unknown one fail the whole batch,
 * because succeeding by mistake would delete messages.
 */
export function readItemFailures(payload: string, known: ReadonlySet<string>): BatchVerdict {
  const answer = parse(payload);
  if (answer === undefined) return ALL_FAILED;
  if (answer === null || !isObject(answer)) return { kind: 'some', failed: new Set() };
  const list = answer['batchItemFailures'];
  if (list === undefined || list === null) return { kind: 'some', failed: new Set() };
  if (!Array.isArray(list)) return ALL_FAILED;
  const failed = new Set<string>();
  for (const item of list) {
    const identifier = isObject(item) ? item['itemIdentifier'] : undefined;
    if (typeof identifier !== 'string' || !known.has(identifier)) return ALL_FAILED;
    failed.add(identifier);
  }
  return { kind: 'some', failed };
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
