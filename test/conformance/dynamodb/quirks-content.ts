import { isObject } from '#local/dynamodb/input.ts';
import { textOf } from './canonical.ts';
import { type Quirk, reasonsOf } from './quirk.ts';
import { isKnownWording } from './quirks-wording.ts';
import type { Step } from './random-operations.ts';

const API = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference';
const GUIDE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

export const CONTENT_QUIRKS: readonly Quirk[] = [
  {
    // The documented reasons of a cancellation contain exactly these errors of items and updates.
    name: 'an item or update that does not fit refuses a transaction instead of cancelling it',
    source: `${API}/API_TransactWriteItems.html`,
    reconcile: (step, { oracle, engine }) => {
      if (!step.operation.startsWith('Transact')) return undefined;
      if (oracle['error'] === undefined || reasonsOf(oracle).length > 0) return undefined;
      const isReason = reasonsOf(engine).some(
        ({ Code, Message }) => Code === 'ValidationError' && sameFault(oracle['message'], Message),
      );
      return isReason ? { oracle: engine, engine } : undefined;
    },
  },
  {
    // "An ordered list of errors for each item in the request": DynamoDB Local stops at the first.
    name: 'reasons of a cancellation for the first faulty item only',
    source: `${API}/API_TransactWriteItems.html`,
    reconcile: (_step, { oracle, engine }) => {
      const [theirs, ours] = [reasonsOf(oracle), reasonsOf(engine)];
      const [only] = theirs;
      if (theirs.length !== 1 || ours.length < 2 || only?.['Code'] !== 'ValidationError') {
        return undefined;
      }
      const isOurs = ours.some(
        ({ Code, Message }) => Code === 'ValidationError' && sameFault(only['Message'], Message),
      );
      return isOurs ? { oracle: engine, engine } : undefined;
    },
  },
  {
    // "No two actions can target the same item": that is a rule for requests, whatever the items hold.
    name: 'conditions of a transaction come before its rule of one action per item',
    source: `${API}/API_TransactWriteItems.html`,
    reconcile: (step, { oracle, engine }) => {
      const isRule =
        engine['message'] === 'Transaction request cannot include multiple operations on one item';
      if (step.operation !== 'TransactWriteItems' || !isRule || oracle['error'] === undefined) {
        return undefined;
      }
      return { oracle: engine, engine };
    },
  },
  {
    // "You cannot update primary key attributes": no item is needed to see that.
    name: 'the condition of an update comes before its rule to leave the key alone',
    source: `${API}/API_UpdateItem.html#DDB-UpdateItem-request-UpdateExpression`,
    reconcile: (_step, { oracle, engine }) => {
      const isRule =
        /^One or more parameter values were invalid: Cannot update attribute \w+\. This attribute is part of the key$/;
      if (oracle['error'] !== 'ConditionalCheckFailedException') return undefined;
      return isRule.test(String(engine['message'])) ? { oracle: engine, engine } : undefined;
    },
  },
  {
    // Both are sets to DynamoDB Local, shown in whatever order they have.
    name: 'the order in which attributes or placeholders are listed',
    source: `${API}/API_Projection.html`,
    reconcile: (_step, { oracle, engine }) => {
      const [theirs, ours] = [oracle, engine].map(({ message }) => sortedList(String(message)));
      if (oracle['message'] === engine['message'] || theirs !== ours) return undefined;
      return { oracle: { ...oracle, message: engine['message'] }, engine };
    },
  },
  {
    // "The operation stops when it reaches the limit and returns a LastEvaluatedKey".
    name: 'no key to go on from where nothing can follow',
    source: `${API}/API_Query.html#DDB-Query-request-Limit`,
    reconcile: ({ operation, input }, { oracle, engine }, { tables }) => {
      if (operation !== 'Query' || input['Limit'] === undefined) return undefined;
      const table = tables.find(({ name }) => name === input['TableName']);
      const isOfTable = input['IndexName'] === undefined;
      const hasBounds = / and /i.test(String(input['KeyConditionExpression']));
      const isWholeKey = isOfTable && (hasBounds || table?.keys.range === undefined);
      if (!isWholeKey && input['FilterExpression'] === undefined) return undefined;
      if (Number(engine['pages']) !== Number(oracle['pages']) + 1) return undefined;
      const { pages, consumed } = engine;
      return { oracle: { ...oracle, pages, consumed }, engine };
    },
  },
  {
    // "Returns only the updated attributes": of a path into a document, what stands at the path.
    name: 'a nested update returns the whole attribute',
    source: `${API}/API_UpdateItem.html#DDB-UpdateItem-request-ReturnValues`,
    reconcile: ({ input }, { oracle, engine }) => {
      if (!String(input['ReturnValues']).startsWith('UPDATED_')) return undefined;
      const { Attributes } = engine;
      if (Attributes === undefined || !isPartOf(Attributes, oracle['Attributes'])) return undefined;
      return { oracle: { ...oracle, Attributes }, engine };
    },
  },
  {
    // A page that ends with the last possible key gives just this key to go on from.
    name: 'a start key at the bound of the key condition is refused',
    source: `${API}/API_Query.html#DDB-Query-request-ExclusiveStartKey`,
    reconcile: ({ operation, input }, { oracle, engine }) => {
      if (operation !== 'Query' || input['ExclusiveStartKey'] === undefined) return undefined;
      const refusal = 'The provided starting key does not match the range key predicate';
      if (oracle['message'] !== refusal || engine['ScannedCount'] !== 0) return undefined;
      return { oracle: engine, engine };
    },
  },
  {
    // "Global secondary index queries cannot fetch attributes from the base table."
    name: 'a scan of a global index filters by what only the table holds',
    source: `${GUIDE}/GSI.html#GSI.Querying`,
    reconcile: ({ operation, input }, { oracle, engine }, { tables }) => {
      if (operation !== 'Scan' || input['FilterExpression'] === undefined) return undefined;
      const table = tables.find(({ name }) => name === input['TableName']);
      const index = table?.indexes.find(({ name }) => name === input['IndexName']);
      if (!index?.isGlobal || index.projection === 'ALL') return undefined;
      if (oracle['ScannedCount'] === undefined) return undefined;
      const { Count, items } = engine;
      return { oracle: { ...oracle, Count, items }, engine };
    },
  },
  {
    // No document says in which order the actions of an update are checked.
    name: 'which of several faults of one update is told',
    source: `${GUIDE}/Expressions.UpdateExpressions.html`,
    reconcile: (step, { oracle, engine }) => {
      if (oracle['error'] !== engine['error'] || !hasSeveralActions(step)) return undefined;
      if (oracle['message'] === engine['message']) return undefined;
      if (![oracle, engine].every(({ message }) => isUpdateFault(message))) return undefined;
      return { oracle: { ...oracle, message: engine['message'] }, engine };
    },
  },
  {
    // Nor in which order the operands of a condition are.
    name: 'which of several faults of one condition is told',
    source: `${GUIDE}/Expressions.OperatorsAndFunctions.html`,
    reconcile: (_step, { oracle, engine }) => {
      const [theirs, ours] = [oracle, engine].map(({ message }) => operandFault(String(message)));
      if (theirs === undefined || ours === undefined || theirs.label !== ours.label)
        return undefined;
      if (theirs.fault === ours.fault) return undefined;
      return { oracle: { ...oracle, message: engine['message'] }, engine };
    },
  },
];

const OPERAND_FAULT =
  /^Invalid (\w+Expression): (The first operand must be distinct|The BETWEEN operator requires|Incorrect operand type|Operator or function requires|Invalid attribute type name|An expression attribute \w+ used)/;

function operandFault(message: string): { label: string; fault: string } | undefined {
  const [, label, fault] = OPERAND_FAULT.exec(message) ?? [];
  return label === undefined || fault === undefined ? undefined : { label, fault };
}

/** Whether a value is another one with some members or elements left out. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (textOf(part) === textOf(whole)) return true;
  if (isObject(part) && isObject(whole)) {
    return Object.keys(part).every((name) => isPartOf(part[name], whole[name]));
  }
  if (!Array.isArray(part) || !Array.isArray(whole)) return false;
  let from = 0;
  return part.every((element) => {
    const at = whole.findIndex((other, index) => index >= from && isPartOf(element, other));
    from = at + 1;
    return at >= 0;
  });
}

function sortedList(message: string): string {
  return message.replace(
    /(?<=does not project \[|unused in expressions: keys: \{)[^\]}]*/,
    (list) => list.split(', ').sort().join(', '),
  );
}

const UPDATE_FAULTS = [
  'The document path provided in the update expression is invalid for update',
  'The provided expression refers to an attribute that does not exist in the item',
  'An operand in the update expression has an incorrect data type',
  'Attempting to store more than 38 significant digits in a Number',
  'DynamoDB only supports precision up to 38 digits',
  'Number overflow. Attempting to store a number with magnitude larger than supported range',
  'Number underflow. Attempting to store a number with magnitude smaller than supported range',
];

function isUpdateFault(message: unknown): boolean {
  const isAction = /Incorrect operand type for operator or function; operator: (?:ADD|DELETE)/;
  return UPDATE_FAULTS.includes(String(message)) || isAction.test(String(message));
}

function sameFault(oracle: unknown, engine: unknown): boolean {
  if (oracle === engine || isKnownWording(oracle, engine)) return true;
  return isUpdateFault(oracle) && isUpdateFault(engine);
}

function hasSeveralActions({ input }: Step): boolean {
  const expressions = JSON.stringify(input).matchAll(/"UpdateExpression":"([^"]*)"/g);
  return expressions.some(([, expression = '']) => {
    const isNested = /\([^)]*\(/.test(expression);
    return isNested || actionsIn(expression) > 1;
  });
}

/** Commas outside of calls, and sections. */
function actionsIn(expression: string): number {
  let flat = expression;
  while (/\([^()]*\)/.test(flat)) flat = flat.replace(/\([^()]*\)/g, '');
  const commas = flat.split(',').length - 1;
  return commas + (flat.match(/\b(?:SET|REMOVE|ADD|DELETE)\b/gi)?.length ?? 0);
}
