import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import type { SettlePaymentCommand } from '#shared/payments/contracts/settle-payment.ts';
import { totalsOf } from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';
import { wireOf } from '#test/gateways/amounts.ts';
import type { Kit } from '#test/gateways/kit.ts';
import { NOW } from '#test/gateways/request.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';
import { createLab, type Lab, message } from '#test/support/ledger-lab.ts';
import { closeDoor, eventOf, openDoor } from './webhook-door.ts';

const TIMES = 20;
const HOUR_MS = 3_600_000;
const CAPTURED = 490_000n;
/** Gateways whose signature covers the moment, and how far it may be off. */
const WINDOWS: Readonly<Record<string, number>> = { stripe: 300_000 };

afterAll(() => {
  vi.unstubAllEnvs();
});

/** What the gateway's API says now, whatever a notification of it says. */
function truthOf(kit: Kit, wire: string): RereadPayment {
  return async ({ paymentId, invoiceId }) => {
    const fetch = kit.apiAfter?.(wire);
    const read = kit.gateway.api.readPayment;
    if (!fetch || !read) throw new Error('nothing should be re-read here');
    const request = { paymentId, captured: 0n, ...(invoiceId !== undefined && { invoiceId }) };
    return read(kit.account(kit.secrets), request, { fetch, now: () => NOW });
  };
}

/** Settles what a door has queued, and gives the payment as the ledger holds it then. */
async function settle(
  lab: Lab,
  reread: RereadPayment,
  commands: readonly SettlePaymentCommand[],
): Promise<Payment | undefined> {
  const settler = lab.settler(reread);
  for (const { statement } of commands) {
    const [result] = await settler([message(lab, statement)]);
    expect(['settled', 'unchanged']).toContain(result?.done);
  }
  const [first] = commands;
  if (!first) throw new Error('nothing was queued');
  const { seller, gateway, paymentId } = first.statement;
  const ref = { seller, gateway, paymentId };
  const { payment } = await lab.store.load({ payments: [ref], invoices: [], payers: [] });
  return payment(ref);
}

describe.each(kits)('replayed to $gateway.name', (kit) => {
  const [secret] = kit.secrets;
  const { name } = kit.gateway;
  const wire = wireOf(kit, CAPTURED);
  const reread = truthOf(kit, wire);
  const request = kit.captured(wire, secret);

  /** What the door queues for each event; every one of them must be acknowledged. */
  async function queuedBy(events: readonly object[]): Promise<SettlePaymentCommand[][]> {
    const send = await openDoor(name, kit.account([secret]));
    const queued = [];
    for (const event of events) {
      const outcome = await send(event);
      expect([outcome.status < 300, outcome.queued.length]).toEqual([true, 1]);
      queued.push([...outcome.queued]);
    }
    closeDoor();
    return queued;
  }

  it('a notification moves its money once, however often it comes', async () => {
    const batches = await queuedBy(Array.from({ length: TIMES }, () => eventOf(request)));
    const lab = await createLab();
    let once: Payment | undefined;
    for (const commands of batches) {
      const payment = await settle(lab, reread, commands);
      once ??= payment;
      expect(payment?.entries).toEqual(once?.entries);
      expect(payment && totalsOf(payment).captured).toBe(CAPTURED);
    }
    await lab.seal();
    expect((await lab.verify()).faults).toEqual([]);
  });

  it('another amount under the same id takes nothing back', async () => {
    const smaller = kit.captured(wireOf(kit, 100n), secret);
    const lab = await createLab();
    let payment: Payment | undefined;
    for (const commands of await queuedBy([eventOf(request), eventOf(smaller)])) {
      payment = await settle(lab, reread, commands);
    }
    expect(payment && totalsOf(payment).captured).toBe(CAPTURED);
  });

  const windowMs = WINDOWS[name];
  // Nothing else in a message tells its age: it is good as long as its secret, so it must do no harm.
  it.runIf(windowMs === undefined)('a message of last year changes nothing', async () => {
    const old = eventOf(request, { timeEpoch: laterThan(request, 8_760 * HOUR_MS) });
    const lab = await createLab();
    const states = [];
    for (const commands of await queuedBy([eventOf(request), old])) {
      states.push(await settle(lab, reread, commands));
    }
    expect(states[1]?.entries.length).toBeGreaterThan(0);
    expect(states[1]?.entries).toEqual(states[0]?.entries);
  });

  if (windowMs === undefined) return;
  it.each([-1, 1])(
    'a message outside of its window is refused, to the second (%i)',
    async (side) => {
      const send = await openDoor(name, kit.account([secret]));
      const within = eventOf(request, { timeEpoch: laterThan(request, side * windowMs) });
      expect((await send(within)).queued).toHaveLength(1);
      const outside = eventOf(request, { timeEpoch: laterThan(request, side * (windowMs + 1000)) });
      const { queued, refusal, status } = await send(outside);
      expect([queued, refusal, status >= 400]).toEqual([[], 'timestamp_stale', true]);
    },
  );
});

function laterThan({ receivedAt }: RawRequest, ms: number): number {
  return Date.parse(receivedAt) + ms;
}
