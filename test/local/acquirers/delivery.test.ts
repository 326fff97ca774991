import { describe, expect, it } from 'vitest';
import {
  type Delivery,
  DeliveryEngine,
  SHORTEST_RETRY_MS,
} from '#local/acquirers/delivery-engine.ts';
import type { WireRequest, WireResponse } from '#local/acquirers/dialect.ts';
import { Dispatcher } from '#local/acquirers/dispatcher.ts';
import type { GatewayName, SimulatedPayment } from '#local/acquirers/payment.ts';
import { SCENARIOS, type Scenario } from '#local/acquirers/scenario.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { NOON, seeded, World } from './world.ts';

type Sent = { readonly atMs: number; readonly request: WireRequest };

const SUCCESS: Partial<Record<GatewayName, string>> = { tbank: 'OK', cloudpayments: '{"code":0}' };

/** An endpoint in memory whose answers the test decides. */
class Lab {
  readonly clock = new VirtualClock(NOON);
  readonly sent: Sent[] = [];
  readonly world: World;
  readonly engine: DeliveryEngine;
  /** What the endpoint answers; an error is a refused connection. */
  answer: (sent: Sent) => WireResponse | Error;

  constructor(gateway: GatewayName, timeScale = 1, concurrency = 8) {
    this.world = new World(gateway);
    this.answer = () => ({ status: 200, body: SUCCESS[gateway] ?? '' });
    this.engine = new DeliveryEngine({
      clock: this.clock,
      send: async (_, request) => {
        const sent = { atMs: this.clock.now() - NOON, request };
        this.sent.push(sent);
        const answer = this.answer(sent);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      address: () => 'http://cloud',
      concurrency,
      timeScale,
      remembered: 1000,
    });
  }

  /** Captures a payment and lets its notifications out as a scenario has it. */
  async play(scenario: Scenario): Promise<SimulatedPayment> {
    const { world, clock, engine } = this;
    const dispatcher = new Dispatcher(world.shops, engine, seeded(3), 1);
    const opened = world.open();
    dispatcher.follow(opened, scenario);
    for (const { does } of scenario.steps) {
      const current = world.current(opened);
      if (does === 'capture') world.bank.capture(current);
      if (does === 'refund') world.bank.refund(current, { id: '77', amountMinor: 100n });
      const change = world.changes.at(-1);
      if (change) dispatcher.report(change);
    }
    dispatcher.release(opened);
    await clock.advance(0);
    return opened;
  }

  states(): Delivery['state'][] {
    return this.engine.deliveries().map(({ state }) => state);
  }
}

const hoursMs = (hours: number) => hours * 3_600_000;

describe('delivery of notifications', () => {
  it('sends AUTHORIZED and CONFIRMED of a one-stage T-Bank payment at the same moment', async () => {
    const lab = new Lab('tbank');
    await lab.play(SCENARIOS.plain);
    const statuses = lab.sent.map(({ request }) => JSON.parse(request.body).Status);
    expect(statuses).toEqual(['AUTHORIZED', 'CONFIRMED']);
    expect(lab.sent.map(({ atMs }) => atMs)).toEqual([0, 0]);
    expect(lab.states()).toEqual(['acknowledged', 'acknowledged']);
  });

  it('repeats hourly for a day and daily for a month at T-Bank, then gives up', async () => {
    const lab = new Lab('tbank');
    lab.answer = () => ({ status: 200, body: '{"ok":true}' });
    await lab.play(SCENARIOS.plain);
    await lab.clock.advance(hoursMs(24 * 40));
    const confirmed = lab.sent.filter(({ request }) => request.body.includes('CONFIRMED'));
    const hourly = Array.from({ length: 25 }, (_, at) => hoursMs(at));
    const daily = Array.from({ length: 30 }, (_, at) => hoursMs(24 * (at + 2)));
    expect(confirmed.map(({ atMs }) => atMs)).toEqual([...hourly, ...daily]);
    expect(lab.states()).toEqual(['given_up', 'given_up']);
  });

  it('gives up at Sber after three failures, half a minute apart', async () => {
    const lab = new Lab('sber');
    lab.answer = () => ({ status: 500, body: '' });
    await lab.play(SCENARIOS.plain);
    await lab.clock.advance(hoursMs(1));
    expect(lab.sent.map(({ atMs }) => atMs)).toEqual([0, 30_000, 60_000]);
    expect(lab.states()).toEqual(['given_up']);
  });

  it('makes a hundred tries at CloudPayments', async () => {
    const lab = new Lab('cloudpayments');
    lab.answer = () => ({ status: 200, body: '{"code":13}' });
    await lab.play(SCENARIOS.plain);
    await lab.clock.advance(hoursMs(100));
    expect(lab.sent).toHaveLength(100);
    expect(lab.sent.slice(0, 6).map(({ atMs }) => atMs / 60_000)).toEqual([0, 1, 3, 8, 18, 48]);
  });

  it('stops at the first acknowledgement and records what it took', async () => {
    const lab = new Lab('yookassa');
    lab.answer = ({ atMs }) => ({ status: atMs === 0 ? 503 : 200, body: 'whatever' });
    const payment = await lab.play(SCENARIOS.plain);
    await lab.clock.advance(hoursMs(30));
    expect(lab.sent).toHaveLength(2);
    expect(lab.engine.deliveries()).toEqual([
      {
        gateway: 'yookassa',
        seller: 'acme',
        paymentId: payment.id,
        invoiceId: 'inv_72',
        name: 'payment.succeeded',
        amountMinor: 490_000n,
        currency: 'RUB',
        copy: 1,
        plannedAt: NOON,
        firstSentAt: NOON,
        acknowledgedAt: NOON + 60_000,
        attempts: 2,
        lastAnswer: '200 whatever',
        state: 'acknowledged',
      },
    ]);
  });

  it('survives a cloud that is down, and never hammers it however time is scaled', async () => {
    const lab = new Lab('tbank', 1e-9);
    const refusedConnection = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    lab.answer = ({ atMs }) => (atMs < 700 ? refusedConnection : { status: 200, body: 'OK' });
    await lab.play(SCENARIOS.plain);
    expect(lab.engine.deliveries()[0]?.lastAnswer).toBe('ECONNREFUSED');
    await lab.clock.advance(2_000);
    const waits = [0, 1, 2, 3].map((tries) => tries * SHORTEST_RETRY_MS);
    expect([...new Set(lab.sent.map(({ atMs }) => atMs))]).toEqual(waits);
    expect(lab.states()).toEqual(['acknowledged', 'acknowledged']);
  });

  it('signs each try of Stripe anew, and counts the tries of Prodamus', async () => {
    const stripe = new Lab('stripe');
    stripe.answer = ({ atMs }) => ({ status: atMs === 0 ? 500 : 200, body: '' });
    await stripe.play(SCENARIOS.plain);
    await stripe.clock.advance(300_000);
    const succeeded = stripe.sent.filter(({ request }) =>
      request.body.includes('"payment_intent.succeeded"'),
    );
    const stamps = succeeded.map(
      ({ request }) => /t=(\d+)/.exec(request.headers['stripe-signature'] ?? '')?.[1],
    );
    expect(stamps).toEqual([String(NOON / 1000), String(NOON / 1000 + 300)]);

    const prodamus = new Lab('prodamus');
    prodamus.answer = ({ atMs }) => ({ status: atMs === 0 ? 500 : 200, body: '' });
    await prodamus.play(SCENARIOS.plain);
    await prodamus.clock.advance(hoursMs(1));
    const tries = prodamus.sent.map(
      ({ request }) => /name="attempt"\r\n\r\n(\d+)/.exec(request.body)?.[1],
    );
    expect(tries).toEqual(['1', '2']);
    expect(new Set(prodamus.sent.map(({ request }) => request.headers['sign'])).size).toBe(2);
  });

  it('keeps later messages of Adyen behind one that fails, and lets them go after it', async () => {
    const lab = new Lab('adyen');
    const isPoison = ({ request }: Sent) => request.body.includes('"AUTHORISATION"');
    let isMended = false;
    lab.answer = (sent) => ({ status: isPoison(sent) && !isMended ? 500 : 202, body: '' });
    await lab.play(SCENARIOS.plain);
    await lab.clock.advance(60_000);
    expect(lab.sent.filter(isPoison)).toHaveLength(4);

    await lab.play(SCENARIOS.plain);
    await lab.clock.advance(30_000);
    const captures = () => lab.sent.filter((sent) => !isPoison(sent)).length;
    expect(captures()).toBe(1);

    isMended = true;
    await lab.clock.advance(hoursMs(1));
    expect(captures()).toBe(2);
    expect(lab.states()).toEqual(lab.states().map(() => 'acknowledged'));
  });

  it('gathers everything while a gateway is cut off, and delivers it when it is back', async () => {
    const lab = new Lab('yookassa');
    lab.engine.setOutage('yookassa', true);
    for (let count = 0; count < 20; count += 1) await lab.play(SCENARIOS.plain);
    await lab.clock.advance(hoursMs(2));
    expect(lab.sent).toHaveLength(0);
    expect(lab.states()).toEqual(lab.states().map(() => 'waiting'));

    lab.engine.setOutage('yookassa', false);
    await lab.clock.advance(1);
    await lab.engine.drained();
    expect(lab.sent).toHaveLength(20);
    expect(lab.states()).toEqual(lab.states().map(() => 'acknowledged'));
  });

  it('has no more requests under way at once than it may', async () => {
    const lab = new Lab('yookassa', 1, 3);
    let underWay = 0;
    let most = 0;
    const engine = new DeliveryEngine({
      clock: lab.clock,
      send: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return { status: 200, body: '' };
      },
      address: () => 'http://cloud',
      concurrency: 3,
      timeScale: 1,
      remembered: 1000,
    });
    const payment = lab.world.bank.capture(lab.world.open());
    const [notification] = lab.world.dialect.notifications({
      kind: 'captured',
      payment,
      atMs: NOON,
    });
    if (!notification) throw new Error('no notification');
    for (let count = 0; count < 10; count += 1) {
      const { dialect } = lab.world;
      engine.enqueue({ dialect, notification, payment, copy: 1, delayMs: 0, isLost: false });
    }
    await engine.drained();
    expect(most).toBe(3);
    expect(engine.deliveries().every(({ state }) => state === 'acknowledged')).toBe(true);
  });

  it('sends duplicates, late messages, messages in reverse, and none at all', async () => {
    const copies = new Lab('yookassa');
    await copies.play({ steps: [{ does: 'capture' }], copies: [3, 3] });
    expect(copies.sent.map(({ request }) => request.body)).toEqual(
      Array(3).fill(copies.sent[0]?.request.body),
    );
    expect(copies.engine.deliveries().map(({ copy }) => copy)).toEqual([1, 2, 3]);

    const late = new Lab('yookassa');
    await late.play(SCENARIOS.late);
    await late.clock.advance(4_999);
    expect(late.sent).toHaveLength(0);
    await late.clock.advance(180_000);
    expect(late.sent).toHaveLength(1);

    const reversed = new Lab('yookassa');
    await reversed.play(SCENARIOS.refund_before_payment);
    const events = reversed.sent.map(({ request }) => JSON.parse(request.body).event);
    expect(events).toEqual(['refund.succeeded', 'payment.succeeded']);

    const lost = new Lab('yookassa');
    await lost.play(SCENARIOS.lost);
    await lost.clock.advance(hoursMs(48));
    expect(lost.sent).toHaveLength(0);
    expect(lost.states()).toEqual(['lost']);
  });

  it('takes only the documented answer for an acknowledgement', () => {
    const request = { method: 'POST' as const, headers: {}, body: '' };
    const accepts = (
      gateway: GatewayName,
      status: number,
      body: string,
      sent: WireRequest = request,
    ) => new World(gateway).dialect.isAcknowledged({ status, body }, sent);
    expect([
      accepts('tbank', 200, 'OK'),
      accepts('tbank', 200, 'ok'),
      accepts('tbank', 201, 'OK'),
    ]).toEqual([true, false, false]);
    expect([
      accepts('cloudpayments', 200, '{"code":0}'),
      accepts('cloudpayments', 200, '{"code":10}'),
      accepts('cloudpayments', 200, ''),
    ]).toEqual([true, false, false]);
    const result = { ...request, kind: 'result', body: 'InvId=5' };
    expect([
      accepts('robokassa', 200, 'OK5', result),
      accepts('robokassa', 200, 'OK', result),
      accepts('robokassa', 200, 'OK6', result),
    ]).toEqual([true, false, false]);
    expect([accepts('yookassa', 200, 'x'), accepts('yookassa', 202, '')]).toEqual([true, false]);
    expect([accepts('stripe', 204, ''), accepts('stripe', 302, '')]).toEqual([true, false]);
    expect([accepts('adyen', 202, ''), accepts('adyen', 500, '')]).toEqual([true, false]);
    expect([accepts('sber', 200, ''), accepts('sber', 204, '')]).toEqual([true, false]);
  });

  it('remembers only so many finished deliveries, and every one that still waits', async () => {
    const lab = new Lab('yookassa');
    lab.engine.setOutage('yookassa', true);
    const waiting = await lab.play(SCENARIOS.plain);
    const finished: string[] = [];
    for (let count = 0; count < 1_300; count += 1)
      finished.push((await lab.play(SCENARIOS.lost)).id);
    const known = lab.engine.deliveries().map(({ paymentId }) => paymentId);
    expect(known.length).toBeLessThanOrEqual(1_101);
    expect(known).toContain(waiting.id);
    expect(known).not.toContain(finished[0]);
    expect(known).toContain(finished.at(-1));
  });
});
