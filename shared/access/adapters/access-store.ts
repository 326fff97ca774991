import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Access } from '#shared/access/domain/access.ts';
import { type Key, type Table, toItem } from '#shared/platform/table.ts';

/** The keys of the access table. Nothing else builds them. */
export function accessKey({
  seller,
  payerId,
  invoiceId,
}: Pick<Access, 'seller' | 'payerId' | 'invoiceId'>): Key {
  return { pk: `ACCESS#${seller}#${payerId}`, sk: `INVOICE#${invoiceId}` };
}

/** Saves an access state unless a later event of the same invoice was there first. */
export type SaveAccess = (access: Access) => Promise<'saved' | 'stale'>;

export function createSaveAccess(table: Table): SaveAccess {
  return async (access) => {
    try {
      await table.client.send(
        new PutItemCommand({
          TableName: table.name,
          Item: toItem({ ...accessKey(access), ...access }),
          ConditionExpression: 'attribute_not_exists(pk) OR #sequence < :sequence',
          ExpressionAttributeNames: { '#sequence': 'sequence' },
          ExpressionAttributeValues: { ':sequence': { N: String(access.sequence) } },
        }),
      );
      return 'saved';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'stale';
      throw error;
    }
  };
}
