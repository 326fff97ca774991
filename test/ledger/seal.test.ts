import { beforeEach, describe, expect, it } from 'vitest';
import { createJournalStore } from '#shared/ledger/adapters/journal-store.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { watchSeal } from '#shared/ledger/usecases/watch-seal.ts';
import { type Item, keyOf } from '#shared/platform/table.ts';
import { refunded, statement } from '#test/payments/builders.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  for (let i = 0; i < 30; i++) await lab.createInvoice({ ...COURSE, invoiceId: `ord_${i}` });
  const paid = (i: number) =>
    statement({ paymentId: `p${i}`, invoiceId: `ord_${i}`, totals: { captured: 500_000n } });
  for (let i = 0; i < 30; i += 10) {
    await lab.settler()(Array.from({ length: 10 }, (_, j) => message(lab, paid(i + j))));
  }
  await lab.settler()([
    message(
      lab,
      refunded(100n, {
        paymentId: 'p3',
        invoiceId: 'ord_3',
        totals: { captured: 500_000n, refunded: 100n },
      }),
    ),
  ]);
  await lab.settler()([message(lab, statement({ paymentId: 'stray', invoiceId: 'nowhere' }))]);
  await lab.seal();
});

/** Changes one character of the last text or number somewhere inside an attribute. */
function tamper(item: Item, attribute: string): Item {
  return { ...item, [attribute]: changed(item[attribute]) as never };
}

function changed(value: unknown): unknown {
  if (typeof value === 'string') return `${value.slice(0, -1)}${value.endsWith('1') ? '2' : '1'}`;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value))
    return value.map((inner, index) => (index === value.length - 1 ? changed(inner) : inner));
  const entries = Object.entries(value as object);
  return Object.fromEntries(
    entries.map(([key, inner], index) => [
      key,
      index === entries.length - 1 ? changed(inner) : inner,
    ]),
  );
}

/** The engine and the SDK spell the same attribute values with types of their own. */
function asStored(item: Item) {
  return item as Parameters<Lab['engine']['overwriteItemForTests']>[1];
}

describe('the seal', () => {
  it('holds after payments, refunds and parked money', async () => {
    const { faults, unsealed, payments, invoices, blocks } = await lab.verify();
    expect(faults).toEqual([]);
    expect(unsealed).toBe(0);
    expect([payments, invoices]).toEqual([31, 30]);
    expect(blocks).toBeGreaterThan(2);
  });

  it('adds nothing when the stream repeats everything', async () => {
    const before = (await scanTable(lab.journal)).length;
    const repeated = await createLab();
    expect(await repeated.seal()).toBe(0);
    await lab.seal();
    expect((await scanTable(lab.journal)).length).toBe(before);
  });

  it('names the record when one stored byte of any field of the ledger is changed', async () => {
    const items = (await scanTable(lab.ledger)).filter((item) =>
      /#(p3|ord_3|payer_00000001)$/.test(keyOf(item).pk),
    );
    expect(items.map((item) => keyOf(item).sk).sort()).toEqual([
      'ACCOUNT',
      'HEAD',
      'LINES',
      'PAYMENT',
    ]);
    for (const item of items) {
      await expectNamed('ledger', item, keyOf(item).pk.split('#').at(-1) ?? '', [
        'pk',
        'sk',
        'version',
      ]);
    }
  });

  it('names the record when one stored byte of any field of the journal is changed', async () => {
    const items = await scanTable(lab.journal);
    const ofEachKind = ['BLOCKS', 'SEAL', 'RECORD', 'ACCOUNT'].map(
      (kind) => items.find((item) => keyOf(item).pk.startsWith(kind))!,
    );
    for (const item of ofEachKind) {
      const { pk } = keyOf(item);
      const named = pk.startsWith('BLOCKS') ? 'block' : pk.replace('RECORD#', '');
      await expectNamed('journal', item, named, ['pk', 'sk']);
    }
  });

  async function expectNamed(table: string, item: Item, named: string, except: string[]) {
    for (const attribute of Object.keys(item).filter((name) => !except.includes(name))) {
      if (['{"M":{}}', '{"L":[]}'].includes(JSON.stringify(item[attribute]))) continue;
      lab.engine.overwriteItemForTests(table, asStored(tamper(item, attribute)));
      const { faults } = await lab.verify();
      const told = faults.map(({ record, problem }) => `${record}: ${problem}`).join('\n');
      expect(told, `${keyOf(item).pk}|${keyOf(item).sk} ${attribute}`).toContain(named);
      lab.engine.overwriteItemForTests(table, asStored(item));
    }
    expect((await lab.verify()).faults).toEqual([]);
  }

  it('is watched block by block, and a changed record is found by the next run', async () => {
    const store = createJournalStore(lab.journal);
    const first = await watchSeal(store, undefined, 1);
    const rest = await watchSeal(store, first.verified, 1000);
    expect(first.verified?.number).toBeGreaterThanOrEqual(1);
    expect(rest).toMatchObject({ fault: undefined, verified: await store.head() });
    const record = (await scanTable(lab.journal)).find((item) =>
      keyOf(item).pk.startsWith('RECORD#INVOICE'),
    )!;
    lab.engine.overwriteItemForTests('journal', asStored(tamper(record, 'image')));
    expect((await watchSeal(store, undefined, 1000)).fault).toContain('was changed');
  });
});
