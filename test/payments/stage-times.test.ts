import { beforeEach, describe, expect, it } from 'vitest';
import { invoiceEvents } from '#shared/events/domain/derive-events.ts';
import { GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { type Instant, instantFromMs } from '#shared/kernel/time.ts';
import { SETTLE_PAYMENT, settlePaymentToWire } from '#shared/payments/contracts/settle-payment.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';
import { createSettleBatch } from '#shared/payments/usecases/settle-batch.ts';
import { createSettlePayments } from '#shared/payments/usecases/settle-payments.ts';
import { COURSE, createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { NOON, refunded, statement } from './builders.ts';

const START = Date.parse(NOON);
const later = (ms: number): Instant => instantFromMs(START + ms);
let lab: Lab;
let measured: Map<string, number[]>;

beforeEach(async () => {
  lab = await createLab();
  await lab.createInvoice(COURSE);
  measured = new Map();
});

type Taken = { queuedAt: Instant; takenAt: Instant; receives?: number; reread?: RereadPayment };

async function settle(told: PaymentStatement, { queuedAt, takenAt, receives = 1, reread }: Taken) {
  const batch = createSettleBatch({
    settle: lab.settler(reread),
    archive: { keyFor: () => 'raw/x', store: async () => 'archived' },
    metrics: {
      add: (name, value) => measured.set(name, [...(measured.get(name) ?? []), value]),
      flush: () => {},
    },
    clock: lab.clock,
  });
  const body = settlePaymentToWire({ command: SETTLE_PAYMENT, statement: told, receivedAt: NOON });
  return batch([{ id: 'm', body, queuedAt, takenAt, receives }]);
}

describe('the time of a stage', () => {
  it('is that of the stage alone: a message that came again did not wait in the queue meanwhile', async () => {
    await lab.virtual.advance(600_000);
    await settle(statement(), { queuedAt: later(40), takenAt: later(90), receives: 9 });
    expect(measured.get('StageQueueMs')).toEqual([50]);
    expect(measured.get('StageSettleMs')).toEqual([0]);
    expect(measured.get('ReceivedToPaidMs')).toEqual([600_000]);
  });

  it('names the gateway when its API does not answer', async () => {
    const reread = async () => {
      await lab.virtual.advance(10_000);
      throw new GatewayUnavailable('no answer');
    };
    const told = statement({ needsReread: 'unsigned' });
    await settle(told, { queuedAt: later(40), takenAt: later(90), reread });
    expect(measured.get('StageRereadMs')).toEqual([10_000]);
  });

  it('blames no stage for the hours that a message lay among the dead letters', async () => {
    const replayedAt = later(7_200_000);
    await lab.virtual.advance(7_200_000);
    await settle(statement(), { queuedAt: replayedAt, takenAt: replayedAt });
    expect(measured.has('StageReceiveMs')).toBe(false);
    expect(measured.get('ReceivedToPaidMs')).toEqual([7_200_000]);
  });

  it('is not taken over from the payment before when an operator pays the rest of an invoice', async () => {
    await settle(statement({ paymentId: 'first', totals: { captured: 90_000n } }), {
      queuedAt: later(1),
      takenAt: later(2),
    });
    await lab.settler()([
      message(lab, statement({ invoiceId: 'typo', totals: { captured: 400_000n } })),
    ]);
    await lab.virtual.advance(86_400_000);
    const ref = { seller: 'school', gateway: 'tbank', paymentId: '8742591234' };
    const before = await lab.invoices.read({ seller: 'school', invoiceId: 'ord_72' });
    await lab.allocate(ref, 'ord_72', 'operator-1');
    const invoice = await lab.invoices.read({ seller: 'school', invoiceId: 'ord_72' });
    expect(invoiceEvents(before, invoice!)).toEqual(['invoice.paid.v1']);
    expect(before?.lastPayment?.key).toBe('tbank:first');
    expect(invoice?.lastPayment).toBeUndefined();
  });
});

describe('a redelivery', () => {
  it('writes nothing, in whatever order the table gives the operations of the payment', async () => {
    const told = refunded(0n, {
      totals: { captured: 490_000n },
      parts: [
        { total: 'refunded', id: 'a', amount: 100n },
        { total: 'refunded', id: 'b', amount: 100n },
      ],
    });
    await lab.settler()([message(lab, told)]);
    const ref = { seller: 'school', gateway: 'tbank', paymentId: '8742591234' };
    const store: Lab['store'] = {
      ...lab.store,
      async load(query) {
        const snapshot = await lab.store.load(query);
        const payment = snapshot.payment(ref);
        return {
          ...snapshot,
          payment: () => payment && { ...payment, parts: new Map([...payment.parts].reverse()) },
        };
      },
    };
    const settleReversed = createSettlePayments({
      store,
      reread: async () => told,
      clock: lab.clock,
    });
    const [again] = await settleReversed([message(lab, told)]);
    expect(again?.done).toBe('unchanged');
  });
});
