import {
  type AttributeValue,
  type DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

/** A DynamoDB table and the client that reaches it. */
export type Table = { readonly client: DynamoDBClient; readonly name: string };

export type Key = { readonly pk: string; readonly sk: string };
export type Item = Record<string, AttributeValue>;

/** Writes a plain object as an item. Absent fields are left out; maps and bigints are kept exactly. */
export function toItem(value: Record<string, unknown>): Item {
  return marshall(value, { removeUndefinedValues: true });
}

/** Reads an item with every number as a bigint: a JavaScript number would lose kopecks above 2^53. */
export function fromItem(item: Item): Record<string, unknown> {
  return unmarshall(item, { wrapNumbers: (text) => BigInt(text) });
}

export function keyOf(item: Item): Key {
  return { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
}

export function keyItem({ pk, sk }: Key): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** One write of a transaction: put an item over exactly the version that was read. */
export function putVersion(table: Table, item: Item, expectedVersion: number) {
  if (expectedVersion === 0) {
    return {
      Put: { TableName: table.name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
    };
  }
  return {
    Put: {
      TableName: table.name,
      Item: item,
      ConditionExpression: '#version = :expected',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':expected': { N: String(expectedVersion) } },
    },
  };
}

/** A condition of a transaction: nothing stands under this key. */
export function mustNotExist(table: Table, key: Key) {
  return {
    ConditionCheck: {
      TableName: table.name,
      Key: keyItem(key),
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/**
 * Whether a transaction lost a race: a condition failed because somebody wrote meanwhile.
 *
 * Anything else in the reasons (throttling, a conflict in flight) is for the SDK's retries and the queue.
 */
export function lostRace(error: unknown): error is TransactionCanceledException {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed')
  );
}

/** Whether a transaction met another one in flight on the same item. A moment later it will pass. */
export function metConflict(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(({ Code }) => Code === 'TransactionConflict')
  );
}
