import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item, Table } from '#shared/platform/table.ts';

/** Reads a whole table, page after page. For verification and exports, never for a request. */
export async function scanTable(
  table: Table,
  onPage: (count: number) => void = () => {},
): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({
        TableName: table.name,
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    items.push(...(page.Items ?? []));
    onPage(items.length);
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}
