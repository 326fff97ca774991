import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Answer } from './targets.ts';

/** An answer in the form in which two of them are compared. */
export type Outcome = Json;

/** An error by its bare name: the namespace and the spelling of `message` differ even within AWS. */
export function outcomeOf({ status, body }: Answer): Outcome {
  if (status === 200) return canonical(body);
  const { __type: type, message, Message: capital, ...fields } = body;
  return {
    status,
    error: String(type).replace(/^.*#/, ''),
    message: String(message ?? capital),
    ...canonical(fields),
  };
}

/** The members of sets have no order, and batches answer in any order. */
function canonical(body: Json): Json {
  const result = isObject(sorted(body)) ? { ...body, ...asObject(sorted(body)) } : body;
  if (isObject(result['Responses'])) {
    result['Responses'] = Object.fromEntries(
      Object.entries(result['Responses']).map(([table, items]) => [table, inAnyOrder(items)]),
    );
  }
  if (Array.isArray(result['ConsumedCapacity'])) {
    result['ConsumedCapacity'] = byTable(result['ConsumedCapacity']);
  }
  return result;
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isSet = ['SS', 'NS', 'BS'].includes(name) && Array.isArray(inner);
      return [name, isSet ? [...inner].sort() : sorted(inner)];
    }),
  );
}

function byTable(parts: readonly unknown[]): unknown[] {
  const nameOf = (part: unknown) => String(asObject(part)['TableName']);
  return [...parts].sort((one, two) => (nameOf(one) < nameOf(two) ? -1 : 1));
}

export function inAnyOrder(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  return [...list].sort((one, two) => (textOf(one) < textOf(two) ? -1 : 1));
}

/** The same text for the same content: object keys have no order. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`);
  return `{${members.join(',')}}`;
}
