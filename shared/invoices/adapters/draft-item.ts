import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Draft } from '#shared/invoices/domain/draft.ts';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import { fromItem, type Item, keyItem, type Table, toItem } from '#shared/platform/table.ts';
import { countField, dayField, instantField } from './document-fields.ts';
import { draftKey } from './document-keys.ts';
import { lineFields } from './lines-item.ts';

const draftSchema = z.object({
  kind: z.literal('draft'),
  seller: z.string(),
  documentId: z.string(),
  payerId: z.string(),
  currency: z
    .string()
    .refine(isCurrency)
    .transform((text) => text as Currency),
  lines: z.array(lineFields),
  createdAt: instantField,
  graceUntil: instantField.exactOptional(),
  dueOn: dayField.exactOptional(),
  instalments: z.object({ count: countField, everyMonths: countField }).exactOptional(),
  replaces: z.string().exactOptional(),
  credits: z.array(z.string()).exactOptional(),
  revision: countField,
});

export function draftFromItem(item: Item): Draft {
  const { kind: _, ...draft } = draftSchema.parse(fromItem(item));
  return draft;
}

/** Over the revision before; the first one over nothing. */
export function putDraft(table: Table, draft: Draft): TransactWriteItem {
  const item = toItem({ ...draftKey(draft), ...draft, kind: 'draft' });
  if (draft.revision === 1) {
    return {
      Put: { TableName: table.name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
    };
  }
  return {
    Put: { TableName: table.name, Item: item, ...isAtRevision(draft.revision - 1) },
  };
}

/** Only the revision that was seen: an issued document is what the draft last said. */
export function removeDraft(table: Table, draft: Draft): TransactWriteItem {
  return {
    Delete: {
      TableName: table.name,
      Key: keyItem(draftKey(draft)),
      ...isAtRevision(draft.revision),
    },
  };
}

function isAtRevision(revision: number) {
  return {
    ConditionExpression: '#revision = :revision',
    ExpressionAttributeNames: { '#revision': 'revision' },
    ExpressionAttributeValues: { ':revision': { N: String(revision) } },
  };
}
