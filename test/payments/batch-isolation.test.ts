import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { paidOf } from '#shared/invoices/domain/invoice.ts';
import { paymentItemKey } from '#shared/ledger/adapters/keys.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { keyOf } from '#shared/platform/table.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { refunded, statement } from './builders.ts';

const INVOICE = { seller: 'school', invoiceId: 'ord_72' };
let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
  await lab.createInvoice(COURSE);
});

async function paid(invoice = INVOICE): Promise<bigint> {
  const stored = await lab.invoices.read(invoice);
  return stored ? paidOf(stored) : -1n;
}

/** An answer that the test gives when it wants to. */
function pending<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function untilPaid(expected: bigint): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if ((await paid()) === expected) return;
    await new Promise((next) => setImmediate(next));
  }
  throw new Error('not paid while another gateway is silent');
}

describe('messages of one batch', () => {
  it('do not wait for the gateway of another message', async () => {
    const answer = pending<PaymentStatement>();
    const slow = statement({ gateway: 'yookassa', paymentId: 'slow', needsReread: 'unsigned' });
    const settling = lab.settler(() => answer.promise)([
      message(lab, slow, { id: 'slow' }),
      message(lab, statement(), { id: 'quick' }),
    ]);
    await untilPaid(490_000n);
    answer.resolve(statement({ gateway: 'yookassa', paymentId: 'slow', invoiceId: 'other' }));
    const results = await settling;
    expect(results.map(({ id, done }) => `${id} ${done}`).sort()).toEqual([
      'quick settled',
      'slow settled',
    ]);
  });

  it('do not wait for one gateway when another has answered its re-read', async () => {
    const answer = pending<PaymentStatement>();
    const settling = lab.settler(({ gateway }) =>
      gateway === 'yookassa' ? answer.promise : Promise.resolve(statement({ gateway: 'sber' })),
    )([
      message(lab, statement({ gateway: 'yookassa', needsReread: 'unsigned' })),
      message(lab, statement({ gateway: 'sber', needsReread: 'total_not_stated' })),
    ]);
    await untilPaid(490_000n);
    answer.resolve(statement({ gateway: 'yookassa', invoiceId: 'other' }));
    await settling;
  });

  it('all come again soon when the ledger cannot be read', async () => {
    const fault = { operation: 'BatchGetItem', kind: 'throttle' as const, probability: 1 };
    lab.engine.faults.push(fault);
    const results = await lab.settler()([
      message(lab, statement(), { id: 'a' }),
      message(lab, statement({ paymentId: 'b' }), { id: 'b' }),
    ]);
    expect(results.map(({ id, done }) => [id, done])).toEqual([
      ['a', 'retry'],
      ['b', 'retry'],
    ]);
  });

  it('are settled although the stored payment of one of them cannot be read', async () => {
    await lab.settler()([message(lab, statement({ paymentId: 'broken', invoiceId: 'ghost' }))]);
    const { pk } = paymentItemKey({ seller: 'school', gateway: 'tbank', paymentId: 'broken' });
    const item = (await scanTable(lab.ledger)).find((one) => keyOf(one).pk === pk);
    lab.engine.overwriteItemForTests('ledger', {
      ...item,
      lifecycle: { S: 'of-a-newer-version' },
    } as never);
    const results = await lab.settler()([
      message(lab, statement({ paymentId: 'broken', invoiceId: 'ghost' }), { id: 'broken' }),
      message(lab, statement(), { id: 'fine' }),
    ]);
    expect(Object.fromEntries(results.map(({ id, done }) => [id, done]))).toEqual({
      broken: 'retry',
      fine: 'settled',
    });
    expect(await paid()).toBe(490_000n);
  });

  it('are not buried with one that contradicts them, even about the same payment', async () => {
    const results = await lab.settler()([
      message(lab, statement(), { id: 'capture' }),
      message(lab, statement({ currency: 'EUR' }), { id: 'conflict' }),
      message(lab, refunded(90_000n), { id: 'refund' }),
    ]);
    expect(Object.fromEntries(results.map(({ id, done }) => [id, done]))).toEqual({
      capture: 'settled',
      conflict: 'poison',
      refund: 'settled',
    });
    expect(await paid()).toBe(400_000n);
  });
});

describe('a re-read', () => {
  it('that a gateway declines is tried again before the message is buried', async () => {
    const settle = lab.settler(async () => {
      throw new GatewayDeclined('401', 'the key was changed a minute ago');
    });
    const told = statement({ needsReread: 'unsigned' });
    const early = await settle([message(lab, told, { receives: 1 })]);
    const late = await settle([message(lab, told, { receives: 10 })]);
    expect([early[0]?.done, late[0]?.done]).toEqual(['retry', 'poison']);
  });

  it('that fails says how long it took, so that the stage which is slow is named', async () => {
    const settle = lab.settler(async () => {
      await lab.virtual.advance(10_000);
      throw new GatewayUnavailable('no answer');
    });
    const [result] = await settle([message(lab, statement({ needsReread: 'unsigned' }))]);
    expect(result).toMatchObject({ done: 'retry', rereadMs: 10_000 });
  });
});

describe('an operator’s binding', () => {
  it('outlives a gateway that names another invoice later', async () => {
    await lab.createInvoice({ ...COURSE, invoiceId: 'ord_73' });
    await lab.settler()([message(lab, statement({ invoiceId: 'ord_37' }))]);
    const ref = { seller: 'school', gateway: 'tbank', paymentId: '8742591234' };
    await lab.allocate(ref, 'ord_73', 'operator-1');
    const [result] = await lab.settler()([
      message(lab, refunded(90_000n, { invoiceId: 'ord_73' })),
    ]);
    expect(result?.done).toBe('settled');
    expect(await paid({ seller: 'school', invoiceId: 'ord_73' })).toBe(400_000n);
  });
});
