import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';
import type { Step } from './random-operations.ts';
import { keyOf } from './random-requests.ts';
import type { RandomTable } from './random-tables.ts';
import { anyValue, badValue, nested } from './random-values.ts';

type Spoiler = (request: Json, draw: Draw, table: RandomTable) => void;

const EXPRESSIONS = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
];

/** Makes a call wrong in one place; what was wrong already may stay the first thing noticed. */
export function spoiled(step: Step, draw: Draw, table: RandomTable): Step {
  const input = structuredClone(step.input);
  const request = draw.one(requestsIn(input));
  draw.one(SPOILERS)(request, draw, table);
  return { ...step, input };
}

/** The parts of a call that look like calls themselves, and the call as a whole. */
function requestsIn(input: Json): Json[] {
  const inner: Json[] = [];
  if (Array.isArray(input['TransactItems'])) {
    for (const entry of input['TransactItems']) {
      if (isObject(entry)) inner.push(...Object.values(entry).filter(isObject));
    }
  }
  if (isObject(input['RequestItems']))
    inner.push(...Object.values(input['RequestItems']).flatMap(requestsOf));
  return inner.length > 0 ? inner : [input];
}

function requestsOf(requests: unknown): Json[] {
  if (Array.isArray(requests)) {
    return requests.filter(isObject).flatMap((request) => Object.values(request).filter(isObject));
  }
  return isObject(requests) ? [requests] : [];
}

const SPOILERS: readonly Spoiler[] = [
  (request, draw) => {
    if (request['Key'] === undefined || request['UpdateExpression'] !== undefined) return;
    request['ProjectionExpression'] = draw.one([
      'pk.x',
      'a, sk[0]',
      'g1.x.y',
      'a, a.b',
      'a[0], a.b',
      'b, c, b',
    ]);
  },
  spoilExpression,
  spoilExpression,
  spoilExpression,
  spoilExpression,
  spoilExpression,
  (request, draw) => without(request, draw, 'ExpressionAttributeNames'),
  (request, draw) => without(request, draw, 'ExpressionAttributeValues'),
  (request) => addTo(request, 'ExpressionAttributeNames', '#unused', 'unused'),
  (request) => addTo(request, 'ExpressionAttributeValues', ':unused', { S: 'unused' }),
  (request, draw) => addTo(request, 'ExpressionAttributeValues', ':v0', badValue(draw)),
  (request, draw) => {
    // DynamoDB Local lets an update put a wrong type under an index key, and the states would part.
    if (/[gl][12]/.test(String(request['UpdateExpression']))) return;
    addTo(request, 'ExpressionAttributeValues', ':v0', anyValue(draw));
  },
  (request, draw) =>
    addTo(request, 'ExpressionAttributeValues', draw.one(['v0', ':', ':a-b']), { S: '' }),
  (request, draw) => addTo(request, 'ExpressionAttributeNames', draw.one(['n', '#', '#a-b']), 'a'),
  spoilKey,
  spoilKey,
  spoilKey,
  (request, draw) => addTo(request, 'Item', draw.one(['a', 'm']), badValue(draw)),
  (request, draw) => addTo(request, 'Item', draw.one(['a', 'm']), nested(draw.between(31, 34))),
  (request, draw) => addTo(request, 'Item', draw.one(['g1', 'g2', 'l1']), anyValue(draw)),
  (request, draw) => addTo(request, 'Item', draw.one(['pk', 'sk']), anyValue(draw)),
  (request) => addTo(request, 'Item', 'a', { S: 'x'.repeat(410_000) }),
  (request, draw) => change(request, 'TableName', draw.one(['absent-table', 'absent-run-mark'])),
  (request) => change(request, 'IndexName', 'absent-index'),
  (request, draw) => change(request, 'ReturnValues', draw.one(['ALL_NEW', 'UPDATED_OLD', 'ALL'])),
  (request, draw) => change(request, 'Limit', draw.one([0, -1])),
  (request, draw) =>
    change(
      request,
      'Select',
      draw.one([
        'ALL_ATTRIBUTES',
        'ALL_PROJECTED_ATTRIBUTES',
        'SPECIFIC_ATTRIBUTES',
        'COUNT',
        'NONE',
      ]),
    ),
  (request) => change(request, 'ConsistentRead', true),
  (request, draw) => {
    if (request['UpdateExpression'] === undefined) return;
    request['UpdateExpression'] = draw.one(['SET pk = pk', 'REMOVE sk', 'SET pk = a', 'REMOVE pk']);
  },
  (request, draw, table) => {
    if (
      request['TableName'] !== undefined &&
      request['Key'] === undefined &&
      request['Item'] === undefined
    ) {
      // Where a scan goes on after some key is each server's own affair.
      const isQuery = request['KeyConditionExpression'] !== undefined;
      request['ExclusiveStartKey'] = {
        ...keyOf(draw, table, 'any'),
        ...(isQuery && draw.percent(60) ? {} : { a: { S: 'a' } }),
      };
    }
  },
];

function spoilExpression(request: Json, draw: Draw): void {
  const present = EXPRESSIONS.filter((field) => request[field] !== undefined);
  const [field] = draw.some(present, 1);
  if (field === undefined) spoilKey(request, draw);
  else request[field] = spoiledText(String(request[field]), draw);
}

const TOKEN = /[#:]?\w+|<>|<=|>=|\s+|./gu;
const STRAY = [
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  '=',
  '<',
  '+',
  '-',
  '!',
  '"',
  ':',
  '#',
  'AND',
  'OR',
  'NOT',
  'SET',
  'a',
  '#a',
  ':v0',
  '1',
  '-1',
  '[1]',
  'status',
  'a.b',
  'size(a)',
  'contains(a, b)',
  'foo(a)',
  'BETWEEN',
  'IN',
  '',
];

function spoiledText(text: string, draw: Draw): string {
  const tokens = text.match(TOKEN) ?? [''];
  const at = draw.below(tokens.length);
  const [token = ''] = tokens.slice(at, at + 1);
  const changed = draw.make<string[]>([
    () => [],
    () => [token, ' ', token],
    () => [draw.one(STRAY)],
    () => [draw.one(STRAY)],
    () => [token, ' ', draw.one(STRAY), ' '],
    () => (['(', '[', '.'].includes(tokens[at + 1] ?? '') ? [] : ['((', token, '))']),
    () => [token.toUpperCase()],
    () => ['status'],
  ]);
  tokens.splice(at, 1, ...changed);
  const result = tokens.join('');
  // DynamoDB Local takes a value for an attribute name behind a dot, and may break down over it.
  if (/\.\s*:/.test(result)) return text;
  return draw.percent(3) ? draw.one(['', ' ', `${text} `.repeat(200)]) : result;
}

function spoilKey(request: Json, draw: Draw): void {
  const key = request['Key'];
  if (isObject(key)) spoilEntry(key, draw.one(Object.keys(key)), draw);
  else spoilItemKey(request, draw);
}

function spoilItemKey(request: Json, draw: Draw): void {
  const item = request['Item'];
  if (isObject(item)) spoilEntry(item, draw.one(Object.keys(item)), draw);
}

function spoilEntry(map: Json, name: string, draw: Draw): void {
  const way = draw.below(6);
  if (way === 0) delete map[name];
  else if (way === 1) map['extra'] = { S: 'a' };
  else if (way === 2) map[name] = anyValue(draw);
  else if (way === 3) map[name] = badValue(draw);
  else if (way === 4) map[name] = draw.one<Json>([{ S: '' }, { B: '' }, { N: '' }]);
  else map[name] = longValue(draw);
}

/** Around the limits of 1,024 and 2,048 bytes of keys. */
function longValue(draw: Draw): Json {
  return { S: 'k'.repeat(draw.one([1024, 1025, 2048, 2049])) };
}

function without(request: Json, draw: Draw, field: string): void {
  const map = request[field];
  if (isObject(map) && Object.keys(map).length > 0) delete map[draw.one(Object.keys(map))];
}

function addTo(request: Json, field: string, name: string, value: unknown): void {
  if (field === 'Item' && !isObject(request[field])) return;
  const map = isObject(request[field]) ? request[field] : {};
  request[field] = { ...map, [name]: value };
}

function change(request: Json, field: string, value: unknown): void {
  request[field] = value;
}
