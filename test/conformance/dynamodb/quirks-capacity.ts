import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { textOf } from './canonical.ts';
import type { Quirk } from './quirk.ts';
import type { Step } from './random-operations.ts';

const GUIDE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

/** Figures of consumption. The engine's own are checked against the documented rules by its tests. */
export const CAPACITY_QUIRKS: readonly Quirk[] = [
  {
    name: 'a deletion of nothing reports its consumption unasked',
    source:
      'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html#DDB-DeleteItem-request-ReturnConsumedCapacity',
    reconcile: (step, { oracle, engine }) => {
      const detail = step.input['ReturnConsumedCapacity'] ?? 'NONE';
      if (step.operation !== 'DeleteItem' || detail !== 'NONE') return undefined;
      if (oracle['ConsumedCapacity'] === undefined) return undefined;
      const { ConsumedCapacity: _, ...rest } = oracle;
      return { oracle: rest, engine };
    },
  },
  {
    // "If you perform a read operation on an item that does not exist, DynamoDB still consumes".
    name: 'reading nothing costs nothing',
    source: `${GUIDE}/read-write-operations.html`,
    reconcile: (step, { oracle, engine }) => {
      if (!['Query', 'Scan'].includes(step.operation) || !mentionsZero(oracle)) return undefined;
      if (textOf(oracle) === textOf(engine)) return undefined;
      return { oracle: withoutUnits(oracle), engine: withoutUnits(engine) };
    },
  },
  {
    name: 'missing keys of a batch cost nothing',
    source: `${GUIDE}/read-write-operations.html`,
    reconcile: (step, { oracle, engine }) => {
      if (step.operation !== 'BatchGetItem' || oracle['ConsumedCapacity'] === undefined) {
        return undefined;
      }
      const paid = withMissingKeys(step, oracle);
      return textOf(paid) === textOf(oracle) ? undefined : { oracle: paid, engine };
    },
  },
  {
    // Two units for each; DynamoDB Local reports other figures and leaves out their parts.
    name: 'units of transactions',
    source: `${GUIDE}/transaction-apis.html#transaction-capacity-handling`,
    reconcile: (step, { oracle, engine }) => {
      if (!step.operation.startsWith('Transact') || oracle['ConsumedCapacity'] === undefined) {
        return undefined;
      }
      return { oracle: tablesOnly(oracle), engine: tablesOnly(engine) };
    },
  },
  {
    name: 'units of batches with deletions of nothing',
    source: `${GUIDE}/read-write-operations.html`,
    reconcile: (step, { oracle, engine }) => {
      const deletes = JSON.stringify(step.input).includes('"DeleteRequest"');
      if (step.operation !== 'BatchWriteItem' || !deletes) return undefined;
      if (textOf(oracle) === textOf(engine)) return undefined;
      return { oracle: withoutUnits(oracle), engine: withoutUnits(engine) };
    },
  },
  {
    // "DynamoDB needs to perform additional read operations" only for what the index does not hold.
    name: 'units of fetches from the table in reads of a local index',
    source: `${GUIDE}/LSI.html#LSI.ThroughputConsiderations.Reads`,
    reconcile: ({ input, operation }, { oracle, engine }, { tables }) => {
      if (!['Query', 'Scan'].includes(operation)) return undefined;
      const table = tables.find(({ name }) => name === input['TableName']);
      const index = table?.indexes.find(({ name }) => name === input['IndexName']);
      if (index?.isGlobal !== false) return undefined;
      const fields = ['ProjectionExpression', 'FilterExpression'];
      if (fields.every((field) => input[field] === undefined)) return undefined;
      if (oracle['consumed'] === undefined) return undefined;
      return { oracle: { ...oracle, consumed: engine['consumed'] }, engine };
    },
  },
  {
    // An item without all keys of an index is not in it: changing one of them writes nothing there.
    name: 'half a key of an index is written to it',
    source: `${GUIDE}/GSI.html#GSI.ThroughputConsiderations.Writes`,
    reconcile: (step, { oracle, engine }, { tables }) => {
      if (!['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].includes(step.operation)) {
        return undefined;
      }
      const hasComposite = tables.some(
        ({ name, indexes }) =>
          JSON.stringify(step.input).includes(name) &&
          indexes.some(({ isGlobal, range }) => isGlobal && range !== undefined),
      );
      if (!hasComposite || !differsByIndex(oracle, engine)) return undefined;
      const { ConsumedCapacity } = engine;
      return { oracle: { ...oracle, ConsumedCapacity }, engine };
    },
  },
];

/** Whether one side counts more units for the composite global index, and nothing else differs. */
function differsByIndex(oracle: Json, engine: Json): boolean {
  const plain = (outcome: Json) =>
    textOf(withoutUnits(outcome)).replace(
      /"GlobalSecondaryIndexes":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},/g,
      '',
    );
  return textOf(oracle) !== textOf(engine) && plain(oracle) === plain(engine);
}

function mentionsZero(outcome: Json): boolean {
  return /"CapacityUnits":0(?![.\d])/.test(textOf(outcome));
}

function withoutUnits(value: Json): Json {
  return JSON.parse(
    textOf(value).replace(/"(?:Read|Write)?CapacityUnits":[\d.]+/g, '"CapacityUnits":0'),
  );
}

function tablesOnly(outcome: Json): Json {
  const consumed = outcome['ConsumedCapacity'];
  if (!Array.isArray(consumed)) return outcome;
  const tables = consumed.filter(isObject).map((part) => ({ TableName: part['TableName'] }));
  return { ...outcome, ConsumedCapacity: tables };
}

/** Adds what the keys without an item cost: half a unit each, or a whole one. */
function withMissingKeys({ input }: Step, outcome: Json): Json {
  const consumed = outcome['ConsumedCapacity'];
  if (!Array.isArray(consumed)) return outcome;
  const paid = consumed.filter(isObject).map((part) => {
    const name = String(part['TableName']);
    const request = objectIn(objectIn(input, 'RequestItems'), name);
    const missing = lengthOf(request['Keys']) - lengthOf(objectIn(outcome, 'Responses')[name]);
    const extra = missing * (request['ConsistentRead'] === true ? 1 : 0.5);
    const units = Number(part['CapacityUnits']) + extra;
    const table = part['Table'] === undefined ? {} : { Table: { CapacityUnits: units } };
    return { ...part, CapacityUnits: units, ...table };
  });
  return { ...outcome, ConsumedCapacity: paid };
}

function objectIn(holder: Json, name: string): Json {
  const inner = holder[name];
  return isObject(inner) ? inner : {};
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
