import { isJson } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { CallSite } from '../faults/fault.ts';

/** Changes the actions of a transaction; `undefined` leaves one out. */
export function mapActions(
  { operation, input }: CallSite,
  change: (action: Json) => Json | undefined,
): Json {
  const { TransactItems: items } = input;
  if (operation !== 'TransactWriteItems' || !Array.isArray(items)) return input;
  const changed = items.map((item: unknown) => (isJson(item) ? change(item) : undefined));
  return { ...input, TransactItems: changed.filter((action) => action !== undefined) };
}

function requestIn(action: Json): Json {
  const [request] = Object.values(action).filter(isJson);
  return request ?? {};
}

function keyText(action: Json, name: 'pk' | 'sk'): string {
  const { Item: item, Key: key } = requestIn(action);
  const fields = isJson(item) ? item : isJson(key) ? key : {};
  const field = fields[name];
  return isJson(field) && typeof field['S'] === 'string' ? field['S'] : '';
}

export function pkOf(action: Json): string {
  return keyText(action, 'pk');
}

export function skOf(action: Json): string {
  return keyText(action, 'sk');
}

export function isVersioned(action: Json): boolean {
  return String(requestIn(action)['ConditionExpression']).includes('#version');
}

/** The same action without its condition. */
export function unguarded(action: Json): Json {
  return Object.fromEntries(
    Object.entries(action).map(([name, request]) => [
      name,
      isJson(request) ? unconditional(request) : request,
    ]),
  );
}

export function unconditional({
  ConditionExpression: _,
  ExpressionAttributeNames: __,
  ExpressionAttributeValues: ___,
  ...request
}: Json): Json {
  return request;
}
