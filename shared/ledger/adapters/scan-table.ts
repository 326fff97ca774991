import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item, Table } from '#shared/platform/table.ts';
import { kindOf } from './items.ts';
import { isTruth } from './stream.ts';

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

/** The truth items of the ledger table, page after page, so that no more than a page is held. */
export async function* truthPages(ledger: Table, pageSize = 1_000): AsyncGenerator<Item[]> {
  let from: Item | undefined;
  do {
    const page = await ledger.client.send(
      new ScanCommand({
        TableName: ledger.name,
        Limit: pageSize,
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    yield (page.Items ?? []).filter((item) => isTruth(kindOf(item)));
    from = page.LastEvaluatedKey;
  } while (from);
}
