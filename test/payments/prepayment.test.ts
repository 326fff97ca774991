import { beforeEach, describe, expect, it } from 'vitest';
import { payerItemKey } from '#shared/ledger/adapters/keys.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { keyOf } from '#shared/platform/table.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { statement } from './builders.ts';

const PAYMENT = { seller: 'school', gateway: 'tbank', paymentId: '8742591234' };
const PAYER = 'payer_00000002';
let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  await lab.createInvoice(COURSE);
  await lab.createInvoice({ ...COURSE, invoiceId: 'known', payerId: PAYER });
});

/** Money of a payer that names no invoice. */
function topUp(totals = { captured: 490_000n }) {
  const { invoiceId: _, ...told } = statement({ payerId: PAYER, totals });
  return told;
}

async function payment() {
  return (await lab.store.load({ payments: [PAYMENT], invoices: [], payers: [] })).payment(PAYMENT);
}

async function prepaid(payerId: string): Promise<string> {
  const { sk } = payerItemKey({ seller: 'school', payerId });
  const items = await scanTable(lab.ledger);
  const account = items.find((item) => keyOf(item).sk === sk && item['payerId']?.S === payerId);
  return account?.['prepaid_RUB']?.N ?? '0';
}

async function faults() {
  await lab.seal();
  return (await lab.verify()).faults;
}

describe('prepayment', () => {
  it('leaves the account of the payer who had it when the invoice of another is named later', async () => {
    await lab.settler()([message(lab, topUp())]);
    expect(await prepaid(PAYER)).toBe('490000');
    await lab.settler()([message(lab, statement({ payerId: PAYER }))]);
    expect((await payment())?.allocation).toMatchObject({ settled: 490_000n, prepaid: 0n });
    expect([await prepaid(PAYER), await prepaid(COURSE.payerId)]).toEqual(['0', '0']);
    expect(await faults()).toEqual([]);
  });

  it('moves from one payer to the other when only a part of it fits the invoice', async () => {
    await lab.settler()([message(lab, topUp({ captured: 500_000n }))]);
    await lab.settler()([message(lab, statement({ totals: {} }))]);
    expect([await prepaid(PAYER), await prepaid(COURSE.payerId)]).toEqual(['0', '10000']);
    expect(await faults()).toEqual([]);
  });

  it('stays with its payer when a refund does not say who that is', async () => {
    await lab.settler()([message(lab, topUp())]);
    const { payerId: _, ...refund } = topUp();
    await lab.settler()([
      message(lab, {
        ...refund,
        totals: {},
        parts: [{ total: 'refunded', id: 'r1', amount: 90_000n }],
      }),
    ]);
    expect((await payment())?.allocation).toMatchObject({
      prepaid: 400_000n,
      parked: 0n,
      payerId: PAYER,
    });
    expect(await prepaid(PAYER)).toBe('400000');
    expect(await faults()).toEqual([]);
  });
});
