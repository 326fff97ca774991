import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import { createMarkTold } from '#shared/events/adapters/told-store.ts';
import { createPublishChanges } from '#shared/events/usecases/publish-changes.ts';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { ledgerChangeOf } from '#shared/ledger/adapters/stream.ts';
import { UNSEEN } from '#shared/ledger/domain/seal.ts';
import { createSealChanges } from '#shared/ledger/usecases/seal-changes.ts';
import { watchSeal } from '#shared/ledger/usecases/watch-seal.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { fromItem, type Item } from '#shared/platform/table.ts';
import { refunded, statement } from '#test/payments/builders.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { createLedgerCatchUp } from '../../scripts/lib/ledger-catch-up.ts';

const bridge = mockClient(EventBridgeClient);
let lab: Lab;
let told: { name: string; detail: Detail }[];
let pauses: number[];

type Detail = {
  id: string;
  sequence: number;
  firstSequence?: number;
  object: { kind: string; id: string };
  data: Record<string, string>;
};

beforeEach(async () => {
  lab = await createLab();
  startBus();
});

function startBus(): void {
  told = [];
  pauses = [];
  bridge.reset();
  bridge.on(PutEventsCommand).callsFake(({ Entries }: PutEventsCommand['input']) => {
    for (const { DetailType = '', Detail = '' } of Entries ?? [])
      told.push({ name: DetailType, detail: JSON.parse(Detail) });
    return { Entries: (Entries ?? []).map(() => ({ EventId: 'taken' })) };
  });
}

/** What the ledger's stream has brought so far, one record for each change. */
function changes(lab_: Lab = lab) {
  return lab_.engine
    .readStream('ledger', undefined, 10_000)
    .map((record) => ledgerChangeOf(record as unknown as DynamoDBRecord))
    .filter((change) => change !== undefined);
}
type Change = ReturnType<typeof changes>[number];

async function follow(seen: readonly Change[], lab_: Lab = lab): Promise<void> {
  const { clock, journal } = lab_;
  const metrics = createMetrics(() => {});
  const store = createJournalStore(journal);
  await createSealChanges({ store, metrics, clock })(seen);
  const send = createSendEvents(new EventBridgeClient({}), 'bus');
  await createPublishChanges({ send, markTold: createMarkTold(journal), metrics, clock })(seen);
}

function catchUp(journal = 'journal', onPause: () => Promise<void> = async () => {}) {
  return createLedgerCatchUp({
    dynamodb: lab.client,
    events: new EventBridgeClient({}),
    tables: { ledger: 'ledger', journal },
    bus: 'bus',
    clock: lab.clock,
    pause: async (ms) => {
      pauses.push(ms);
      await onPause();
    },
  })({ graceMs: 120_000 });
}

/** An invoice that is paid, refunded in part and paid again: five changes of money. */
async function live(lab_: Lab = lab): Promise<void> {
  await lab_.createInvoice(COURSE);
  const settle = lab_.settler();
  await settle([message(lab_, statement({ totals: { captured: 200_000n } }))]);
  await settle([message(lab_, statement())]);
  await settle([message(lab_, refunded(100_000n))]);
  await settle([message(lab_, statement({ paymentId: 'p2', totals: { captured: 100_000n } }))]);
}

describe('when the stream has lost everything', () => {
  beforeEach(async () => {
    await live();
    await catchUp();
  });

  it('everything is sealed from the table, and what nobody saw is called so', async () => {
    const verified = await lab.verify();
    expect(verified.faults).toEqual([]);
    expect(verified.unsealed).toBe(0);
    // The payment had three versions and the invoice five; the newest of each is there to be seen.
    expect(verified.unseen).toBe(2 + 4);
    expect(verified.entries).toBe(5);
  });

  it('the gap is named in the block itself, under its hash', async () => {
    const store = createJournalStore(lab.journal);
    const blocks = await store.blocks(1, 10);
    const gaps = blocks.flatMap(({ records }) => records.filter(({ unseen }) => unseen));
    expect(gaps.length).toBe(6);
    expect((await watchSeal(store, undefined, 100)).fault).toBeUndefined();
    const [block] = blocks;
    const hidden = { ...block!, records: block!.records.map(({ unseen: _, ...rest }) => rest) };
    const text = JSON.stringify(hidden);
    expect(text).not.toContain('unseen');
    const { toItem } = await import('#shared/platform/table.ts');
    const { blockKey } = await import('#shared/ledger/adapters/journal-keys.ts');
    const Item = toItem({ ...blockKey(1), ...hidden });
    await lab.client.send(new PutItemCommand({ TableName: 'journal', Item }));
    expect((await watchSeal(store, undefined, 100)).fault).toBe('block 1 was changed');
  });

  it('one restatement says how each object stands, and for which events', () => {
    const facts = told.map(({ name, detail }) => [
      name,
      detail.object.id,
      detail.firstSequence,
      detail.sequence,
    ]);
    expect(facts).toEqual([
      ['invoice.restated.v1', 'ord_72', 1, 5],
      // A first version lies behind nothing: its own event can still be told.
      ['payment.captured.v1', 'tbank:p2', undefined, 1],
      ['payment.restated.v1', 'tbank:8742591234', 1, 3],
    ]);
    expect(told[0]?.detail.data).toMatchObject({ paid: '490000', due: '0' });
  });

  it('doing it again does nothing', async () => {
    const before = await scanTable(lab.journal);
    told = [];
    expect(await catchUp()).toMatchObject({
      followers: { seal: { behind: 0 }, events: { behind: 0 } },
    });
    expect(await scanTable(lab.journal)).toEqual(before);
    expect(told).toEqual([]);
  });

  it('the stream, when it comes after all, adds nothing to the chain', async () => {
    const before = await createJournalStore(lab.journal).head();
    await follow(changes());
    expect(await createJournalStore(lab.journal).head()).toEqual(before);
    expect((await lab.verify()).faults).toEqual([]);
  });
});

describe('when some records of the stream were given up', () => {
  it('whichever they were, the ledger is whole again and every number is told', async () => {
    await live();
    const all = changes();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(all.length - 1), { maxLength: all.length }),
        async (lost) => {
          lab = await createLab();
          startBus();
          await live();
          await follow(changes().filter((_, at) => !lost.includes(at)));
          await catchUp();
          const { faults, unsealed, unseen } = await lab.verify();
          expect({ faults, unsealed }).toEqual({ faults: [], unsealed: 0 });
          expect(unseen).toBeLessThanOrEqual(lost.length);
          expect(uncovered(await scanTable(lab.ledger))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('the images of the versions that the stream did bring are kept', async () => {
    await live();
    const all = changes();
    const lost = all.findIndex(({ kind, before }) => kind === 'invoice' && before);
    await follow(all.filter((_, at) => at !== lost));
    const { followers } = await catchUp();
    expect(followers['seal']).toMatchObject({ behind: 1, sealed: 0, unseen: 1 });
    const records = (await scanTable(lab.journal)).map(fromItem);
    expect(records.filter(({ image }) => image === UNSEEN)).toMatchObject([{ version: 2n }]);
  });

  it('a gap between events that were told stays visible until it is closed', async () => {
    await live();
    const all = changes();
    const lost = all.findIndex(({ kind, before }) => kind === 'invoice' && before);
    await follow(all.filter((_, at) => at !== lost));
    told = [];
    await catchUp();
    expect(told.map(({ name, detail }) => [name, detail.firstSequence, detail.sequence])).toEqual([
      ['invoice.restated.v1', 2, 5],
    ]);
  });
});

describe('beside the live consumers', () => {
  it('what the stream brings within the grace is left to it', async () => {
    await live();
    const { followers } = await catchUp('journal', () => follow(changes()));
    expect(pauses).toEqual([120_000]);
    expect(followers).toEqual({
      // The payer's account is sealed as well, and tells nothing.
      seal: { behind: 4, sealed: 0, unseen: 0, unreadable: 0 },
      events: { behind: 3, told: 0, refused: 0, unreadable: 0 },
    });
    expect((await lab.verify()).unseen).toBe(0);
    expect(told.every(({ name }) => !name.includes('restated'))).toBe(true);
  });

  it('an object that changes meanwhile is told as it stands then', async () => {
    await live();
    await catchUp('journal', async () => {
      await lab.settler()([message(lab, refunded(490_000n))]);
    });
    const invoice = told.find(({ name }) => name === 'invoice.restated.v1');
    expect(invoice?.detail).toMatchObject({ sequence: 6, data: { paid: '100000' } });
    expect((await lab.verify()).unsealed).toBe(0);
  });

  it('events that the bus refuses are counted, and are told by the next run', async () => {
    await live();
    bridge.on(PutEventsCommand).resolves({
      Entries: [{ ErrorCode: 'ThrottlingException' }, { EventId: '2' }, { EventId: '3' }],
    });
    const first = await catchUp();
    expect(first.followers['events']).toMatchObject({ behind: 3, told: 2, refused: 1 });
    startBus();
    const second = await catchUp();
    expect(second.followers['events']).toMatchObject({ behind: 1, told: 1, refused: 0 });
    expect(told.map(({ name }) => name)).toEqual(['invoice.restated.v1']);
  });
});

describe('an item that cannot be read', () => {
  it('waits for a version of the product that can, and holds nobody back', async () => {
    await live();
    const items = await scanTable(lab.ledger);
    const payment = items.find((item) => item['paymentId']?.S === 'p2');
    const Item = { ...payment!, lifecycle: { S: 'of a later version of the product' } };
    await lab.client.send(new PutItemCommand({ TableName: 'ledger', Item }));
    const { followers } = await catchUp();
    expect(followers['events']).toEqual({ behind: 3, told: 2, refused: 0, unreadable: 1 });
    expect(followers['seal']).toMatchObject({ behind: 4, sealed: 3, unreadable: 1 });
    await lab.client.send(new PutItemCommand({ TableName: 'ledger', Item: payment! }));
    expect((await catchUp()).followers).toMatchObject({ seal: { sealed: 1 }, events: { told: 1 } });
    expect((await lab.verify()).faults).toEqual([]);
  });
});

describe('a journal that is rebuilt from the table', () => {
  it('has the same balances as the live one, byte for byte', async () => {
    await live();
    await follow(changes());
    const liveOne = await scanTable(lab.journal);
    const other = await createLab();
    for (const Item of await scanTable(lab.ledger))
      await other.client.send(new PutItemCommand({ TableName: 'ledger', Item }));
    lab = other;
    await catchUp();
    const postings = (items: readonly Item[]) =>
      items.filter((item) => item['pk']?.S?.startsWith('ACCOUNT#'));
    expect(postings(await scanTable(lab.journal))).toEqual(postings(liveOne));
    expect(postings(liveOne).length).toBe(5);
    expect((await lab.verify()).faults).toEqual([]);
  });
});

/** Numbers of events that nobody was told, and that no restatement stands for. */
function uncovered(items: readonly Item[]): string[] {
  return items.map(fromItem).flatMap(({ kind, sequence, invoiceId, paymentId }) => {
    if (kind !== 'invoice' && kind !== 'payment') return [];
    const own = told.filter(
      ({ detail: { object } }) =>
        object.kind === kind &&
        object.id.endsWith(String(kind === 'invoice' ? invoiceId : paymentId)),
    );
    return Array.from({ length: Number(sequence) }, (_, at) => at + 1)
      .filter(
        (number) =>
          !own.some(
            ({ detail }) =>
              (detail.firstSequence ?? detail.sequence) <= number && number <= detail.sequence,
          ),
      )
      .map((number) => `${kind} ${number}`);
  });
}
