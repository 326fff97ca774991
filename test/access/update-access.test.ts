import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessKey, createSaveAccess } from '#shared/access/adapters/access-store.ts';
import { createUpdateAccess } from '#shared/access/usecases/update-access.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { fromItem, keyItem, type Table } from '#shared/platform/table.ts';
import { at, TIMES } from '#test/payments/builders.ts';
import { createLab } from '#test/support/ledger-lab.ts';

let table: Table;
let invoices = 0;

beforeAll(async () => {
  table = { client: (await createLab()).client, name: 'access' };
});

const NAMES = [
  'invoice.issued.v1',
  'invoice.partially_paid.v1',
  'invoice.paid.v1',
  'invoice.reopened.v1',
] as const;
type Name = (typeof NAMES)[number];

/** An event of an invoice as EventBridge puts it into the queue. */
function event(invoiceId: string, name: Name, sequence: number, changes: object = {}): string {
  return JSON.stringify({
    version: '0',
    'detail-type': name,
    time: '2026-11-22T12:00:20Z',
    source: 'priliv.ledger',
    detail: {
      id: `school/invoice/${invoiceId}#${sequence}`,
      object: { kind: 'invoice', seller: 'school', id: invoiceId },
      sequence,
      occurredAt: at(0),
      publishedAt: at(20),
      data: {
        seller: 'school',
        invoiceId,
        payerId: 'payer_1',
        currency: 'RUB',
        total: '490000',
        paid: '490000',
        due: '0',
        paidBy: { gateway: 'tbank', key: 'tbank:1', times: { ...TIMES, reportedAt: at(0) } },
        ...changes,
      },
    },
  });
}

function consumer() {
  const lines: string[] = [];
  const metrics = createMetrics((line) => lines.push(line));
  const update = createUpdateAccess({
    save: createSaveAccess(table),
    metrics,
    clock: () => at(25),
  });
  const measured = () => {
    metrics.flush(at(26));
    const [line] = lines.map((text) => JSON.parse(text) as Record<string, unknown>);
    return line;
  };
  return { update, measured };
}

async function stored(invoiceId: string) {
  const key = accessKey({ seller: 'school', payerId: 'payer_1', invoiceId });
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keyItem(key) }),
  );
  return Item && fromItem(Item);
}

function newInvoice(): string {
  invoices++;
  return `ord_${invoices}`;
}

describe('access', () => {
  it.each([
    ['invoice.paid.v1', 'granted'],
    ['invoice.issued.v1', 'withheld'],
    ['invoice.partially_paid.v1', 'withheld'],
    ['invoice.reopened.v1', 'withheld'],
  ] as const)('after %s is %s', async (name, state) => {
    const invoiceId = newInvoice();
    await consumer().update(event(invoiceId, name, 1));
    expect(await stored(invoiceId)).toMatchObject({ state, sequence: 1n, paymentKey: 'tbank:1' });
  });

  it('ends where the last event says, whatever the order and however often they come', async () => {
    const history = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 });
    const deliveries = history.chain((names) => {
      const numbered = names.map((name, index) => ({ name, sequence: index + 1 }));
      const again = fc.subarray(numbered);
      return again.chain((repeated) =>
        fc
          .shuffledSubarray([...numbered, ...repeated], {
            minLength: numbered.length + repeated.length,
          })
          .map((order) => ({ names, order })),
      );
    });
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ names, order }) => {
        const invoiceId = newInvoice();
        const { update } = consumer();
        for (const { name, sequence } of order) await update(event(invoiceId, name, sequence));
        expect(await stored(invoiceId)).toMatchObject({
          state: names.at(-1) === 'invoice.paid.v1' ? 'granted' : 'withheld',
          sequence: BigInt(names.length),
        });
      }),
      { numRuns: 60 },
    );
  });

  it('ends the same when the events are worked on at once', async () => {
    const invoiceId = newInvoice();
    const { update } = consumer();
    const names = ['invoice.paid.v1', 'invoice.reopened.v1', 'invoice.paid.v1'] as const;
    await Promise.all(names.map((name, index) => update(event(invoiceId, name, index + 1))));
    expect(await stored(invoiceId)).toMatchObject({ state: 'granted', sequence: 3n });
  });

  it('is of one invoice: another one of the same payer keeps its own', async () => {
    const [paid, open] = [newInvoice(), newInvoice()];
    const { update } = consumer();
    await update(event(paid, 'invoice.paid.v1', 9));
    await update(event(open, 'invoice.issued.v1', 1));
    expect((await stored(paid))?.['state']).toBe('granted');
    expect((await stored(open))?.['state']).toBe('withheld');
  });
});

describe('the times of access', () => {
  it('are measured once, when it opens, per gateway', async () => {
    const invoiceId = newInvoice();
    const { update, measured } = consumer();
    await update(event(invoiceId, 'invoice.paid.v1', 2));
    await update(event(invoiceId, 'invoice.paid.v1', 2));
    expect(measured()).toMatchObject({
      Gateway: 'tbank',
      StageDeliverMs: [5000],
      ReceivedToAccessMs: [25_000],
      ReportedToAccessMs: [25_000],
    });
  });

  it('are not measured for what opens nothing, or was not paid by a payment', async () => {
    const { update, measured } = consumer();
    await update(event(newInvoice(), 'invoice.reopened.v1', 3));
    await update(event(newInvoice(), 'invoice.paid.v1', 3, { paidBy: undefined }));
    expect(measured()).toBeUndefined();
  });
});

describe('an event that cannot be read', () => {
  const good = event('unreadable', 'invoice.paid.v1', 1);
  it.each([
    ['is not JSON', good.slice(1)],
    ['is empty', ''],
    ['is another message', '{"Records":[]}'],
    ['has no sequence', good.replace('"sequence":1,', '')],
    ['has sequence zero', good.replace('"sequence":1,', '"sequence":0,')],
    ['has half a sequence', good.replace('"sequence":1,', '"sequence":1.5,')],
    ['has no payer', good.replace('"payerId":"payer_1",', '')],
    ['has an amount as a number', good.replace('"total":"490000"', '"total":490000')],
    ['has a moment without a zone', good.replace('12:00:20Z', '12:00:20')],
  ])('throws when it %s, and opens nothing', async (_, body) => {
    expect(body).not.toBe(good);
    await expect(consumer().update(body)).rejects.toThrow();
    expect(await stored('unreadable')).toBeUndefined();
  });
});
