import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { blockKey } from '#shared/ledger/adapters/journal-keys.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { watchSeal } from '#shared/ledger/usecases/watch-seal.ts';
import { keyItem } from '#shared/platform/table.ts';
import { COURSE, createLab, type Lab } from '#test/support/ledger-lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  for (let i = 0; i < 4; i++) {
    await lab.createInvoice({ ...COURSE, invoiceId: `ord_${i}` });
    await lab.seal();
  }
});

async function removeBlock(number: number): Promise<void> {
  const Key = keyItem(blockKey(number));
  await lab.client.send(new DeleteItemCommand({ TableName: 'journal', Key }));
}

describe('the watch over the seal', () => {
  it('misses the newest block when it is gone, wherever the watch has come to', async () => {
    const store = createJournalStore(lab.journal);
    const head = await store.head();
    const [, , third] = await store.blocks(1, 3);
    await removeBlock(head?.number ?? 0);
    expect((await watchSeal(store, third, 100)).fault).toBe(`block ${head?.number} is missing`);
    expect((await watchSeal(store, undefined, 100)).fault).toBe(`block ${head?.number} is missing`);
  });

  it('is content with a run that ends before the chain does', async () => {
    const store = createJournalStore(lab.journal);
    const part = await watchSeal(store, undefined, 1);
    expect(part.fault).toBeUndefined();
    expect((await watchSeal(store, part.verified, 100)).verified).toEqual(await store.head());
  });
});
