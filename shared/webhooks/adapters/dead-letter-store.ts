import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Table, toItem } from '#shared/platform/table.ts';
import type { DeadLetter } from '#shared/webhooks/domain/dead-letter.ts';
import { deadLetterKey } from './keys.ts';

/** Files a dead letter once. */
export type FileDeadLetter = (letter: DeadLetter) => Promise<'filed' | 'already_filed'>;

export function createFileDeadLetter(table: Table): FileDeadLetter {
  return async (letter) => {
    const item = toItem({ ...deadLetterKey(letter.id), ...letter });
    try {
      await table.client.send(
        new PutItemCommand({
          TableName: table.name,
          Item: item,
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      return 'filed';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'already_filed';
      throw error;
    }
  };
}
