import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { type Item, keyItem, keyOf } from '#shared/platform/table.ts';
import { statement } from '#test/payments/builders.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  await lab.createInvoice(COURSE);
  await lab.settler()([
    message(lab, statement()),
    message(lab, statement({ paymentId: 'early', invoiceId: 'later' })),
  ]);
  await lab.seal();
  expect((await lab.verify()).faults).toEqual([]);
});

async function itemsAt(prefix: string): Promise<Item[]> {
  return (await scanTable(lab.ledger)).filter((item) => keyOf(item).sk.startsWith(prefix));
}

async function records(): Promise<string[]> {
  return (await lab.verify()).faults.map(({ record }) => record);
}

const put = (Item: Item) => lab.client.send(new PutItemCommand({ TableName: 'ledger', Item }));

describe('verifying the ledger', () => {
  it('names a payment that waits for its invoice and cannot be found from it', async () => {
    const [mark] = await itemsAt('WAITING#');
    const Key = keyItem(keyOf(mark!));
    await lab.client.send(new DeleteItemCommand({ TableName: 'ledger', Key }));
    expect(await records()).toEqual([`${keyOf(mark!).pk}|${keyOf(mark!).sk}`]);
  });

  it('names a mark for which no payment waits', async () => {
    await put({ pk: { S: 'INVOICE#school#ord_72' }, sk: { S: 'WAITING#tbank#ghost' } });
    expect(await records()).toEqual(['INVOICE#school#ord_72|WAITING#tbank#ghost']);
  });

  it('names an item that does not belong into the ledger, and lines without an invoice', async () => {
    const [lines] = await itemsAt('LINES');
    await put({ ...lines!, pk: { S: 'INVOICE#school#none' } });
    await put({ pk: { S: 'NOTE#1' }, sk: { S: 'hello' } });
    expect((await records()).sort()).toEqual(['INVOICE#school#none|LINES', 'NOTE#1|hello']);
  });

  it('names lines to which something was added', async () => {
    const [lines] = await itemsAt('LINES');
    await put({ ...lines!, note: { S: 'added' } });
    expect(await records()).toEqual(['INVOICE#school#ord_72|LINES']);
  });
});
