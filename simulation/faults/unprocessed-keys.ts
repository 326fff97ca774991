import { isJson } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Choice } from '../kernel/choice.ts';
import type { CallSite, Fault } from './fault.ts';

/** DynamoDB gives a part of a batch read and leaves the rest to be asked for again. */
export const unprocessedKeys: Fault = {
  name: 'unprocessed_keys',
  rates: [0.05, 0.3],
  onCall: (site, { strikes, choice }) =>
    site.operation === 'BatchGetItem' && strikes(site.key)
      ? { do: 'narrow', narrow: (run) => readSome(site, choice, run) }
      : undefined,
};

async function readSome(
  { key, input }: CallSite,
  choice: Choice,
  run: (changed?: Json) => Promise<Json>,
): Promise<Json> {
  const [entry] = Object.entries(isJson(input['RequestItems']) ? input['RequestItems'] : {});
  const [table, request] = entry ?? [];
  if (table === undefined || !isJson(request) || !Array.isArray(request['Keys'])) return run();
  const read: unknown[] = [];
  const left: unknown[] = [];
  for (const [at, one] of request['Keys'].entries())
    (choice.chance(`${key}:key${at}`, 0.5) ? read : left).push(one);
  const part = (Keys: unknown[]) => ({ [table]: { ...request, Keys } });
  if (read.length === 0) return { Responses: {}, UnprocessedKeys: part(left) };
  const answer = await run({ ...input, RequestItems: part(read) });
  return { ...answer, ...(left.length > 0 && { UnprocessedKeys: part(left) }) };
}
