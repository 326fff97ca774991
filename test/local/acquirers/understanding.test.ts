import { describe, expect, it } from 'vitest';
import type { WireRequest } from '#local/acquirers/dialect.ts';
import { GATEWAYS, type GatewayName, type SimulatedPayment } from '#local/acquirers/payment.ts';
import { isPossible, SCENARIOS, type Scenario, type Step } from '#local/acquirers/scenario.ts';
import {
  GatewayUnavailable,
  type RawRequest,
  type RereadRequest,
} from '#shared/gateways/gateway.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import {
  isConflict,
  mergeStatement,
  totalsOf,
  unknownPayment,
} from '#shared/payments/domain/merge-statement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import { standingOf } from '#shared/payments/domain/position.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { PRODUCT } from './product.ts';
import { World } from './world.ts';

function received(
  world: World,
  { method, kind, query = '', headers, body }: WireRequest,
): RawRequest {
  return {
    method,
    kind,
    query,
    headers,
    body: new TextEncoder().encode(body),
    sourceIp: headers['x-priliv-source-ip'] ?? '198.51.100.1',
    receivedAt: instantFromMs(world.nowMs),
  };
}

/** What the product makes of everything the gateway has said, re-reads included. */
async function readBy(
  world: World,
  requests: readonly WireRequest[],
): Promise<Map<string, Payment>> {
  const product = PRODUCT[world.gateway];
  const account = product.parseAccount(world.dialect.credentials());
  const deps = { fetch: world.fetch, now: () => instantFromMs(world.nowMs) };
  const payments = new Map<string, Payment>();
  const waiting = [...requests];
  let patience = 10 * requests.length;
  for (let request = waiting.shift(); request; request = waiting.shift()) {
    patience -= 1;
    expect(patience, 'a message that is never taken').toBeGreaterThan(0);
    const reception = await product.receive(received(world, request), account, deps);
    if (reception.outcome === 'refused')
      throw new Error(`${reception.refusal}: ${reception.detail}`);
    if (reception.outcome === 'question')
      throw new Error('a notification was taken for a question');
    const { status, body } = reception.acknowledgement;
    expect(
      world.dialect.isAcknowledged({ status, body }, request),
      `the answer ${status} ${body}`,
    ).toBe(true);
    if (reception.outcome === 'ignored') continue;
    for (const statement of reception.statements) {
      const known = payments.get(statement.paymentId) ?? unknownPayment(statement);
      const proven = await provenBy(known, statement);
      if (!proven) {
        // The gateway cannot tell yet: the message comes again, after the others.
        waiting.push(request);
        break;
      }
      const merged = mergeStatement(known, proven);
      if (isConflict(merged)) throw new Error(merged);
      payments.set(statement.paymentId, merged);
    }
  }
  return payments;

  async function provenBy(known: Payment, statement: PaymentStatement) {
    if (!statement.needsReread) return statement;
    const { paymentId, invoiceId, currency } = statement;
    const reread: RereadRequest = {
      paymentId,
      ...(invoiceId !== undefined && { invoiceId }),
      ...(currency !== undefined && { currency }),
      captured: totalsOf(known).captured,
    };
    try {
      return await product.api.readPayment?.(account, reread, deps);
    } catch (error) {
      if (error instanceof GatewayUnavailable) return undefined;
      throw error;
    }
  }
}

function play(world: World, { steps }: Scenario, opened: SimulatedPayment): void {
  for (const step of steps) take(world, world.current(opened), step);
}

function take({ bank, dialect }: World, payment: SimulatedPayment, step: Step): void {
  const { capturedMinor } = payment;
  switch (step.does) {
    case 'authorise':
    case 'capture':
    case 'cancel':
      bank[step.does](payment);
      return;
    case 'decline':
      bank.decline(payment, '51');
      return;
    case 'refund': {
      const amountMinor = (capturedMinor * BigInt(step.percent)) / 100n;
      bank.refund(payment, { id: dialect.newOperationId('refund'), amountMinor });
      return;
    }
    case 'fail_refund':
      bank.failRefund(payment, payment.refunds[0]!.id);
      return;
    case 'open_dispute':
      bank.openDispute(payment, dialect.newOperationId('dispute'), capturedMinor);
      return;
    case 'close_dispute':
      bank.closeDispute(payment, payment.disputes[0]!.id, step.as);
  }
}

function possible(gateway: GatewayName): [string, Scenario][] {
  const { abilities } = new World(gateway).dialect;
  return Object.entries<Scenario>(SCENARIOS).filter(([, scenario]) =>
    isPossible(scenario, abilities),
  );
}

describe.each(GATEWAYS)('%s, as the product reads it', (gateway) => {
  it('has credentials that fit the product’s account', () => {
    const { dialect } = new World(gateway);
    expect(PRODUCT[gateway].parseAccount(dialect.credentials())).toMatchObject({
      seller: 'acme',
      test: false,
    });
  });

  it.each(possible(gateway))('leaves what the gateway has after %s', async (_, scenario) => {
    const world = new World(gateway);
    const isTwoStage = scenario.steps.some(({ does }) => does === 'authorise');
    const opened = world.open({ isTwoStage });
    play(world, scenario, opened);

    const payments = await readBy(world, world.requests());

    const payment = payments.get(opened.id);
    const net = payment ? standingOf(payment).net : 0n;
    expect(net).toBe(world.kept(opened));
    const rest = [...payments.values()].filter(({ paymentId }) => paymentId !== opened.id);
    expect(rest.map((other) => standingOf(other).net)).toEqual(rest.map(() => 0n));
  });

  it.each(possible(gateway))(
    'leaves the same after %s in reverse and twice',
    async (_, scenario) => {
      const world = new World(gateway);
      const isTwoStage = scenario.steps.some(({ does }) => does === 'authorise');
      const opened = world.open({ isTwoStage });
      play(world, scenario, opened);

      const backwards = world.requests().reverse();
      const payments = await readBy(world, [...backwards, ...backwards]);

      const payment = payments.get(opened.id);
      expect(payment ? standingOf(payment).net : 0n).toBe(world.kept(opened));
    },
  );

  it('names the invoice, and tells nothing of the person', async () => {
    const world = new World(gateway);
    const opened = world.open();
    world.bank.capture(opened);

    const requests = world.requests();
    const payments = await readBy(world, requests);

    expect(payments.get(opened.id)?.invoiceId).toBe('inv_72');
    const person = /vymyshlenny|\+7000|400000/i;
    const wire = requests.map(({ body, query = '' }) => `${body}${query}`).join('');
    const decoded = decodeURIComponent(wire.replace(/%(?![0-9a-f]{2})/gi, '%25'));
    if (gateway !== 'paypal') expect(decoded).toMatch(person);
    const told = JSON.stringify([...payments.values()], (__, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(told).not.toMatch(person);
  });

  it('is refused when the amount is changed on the way', async () => {
    const world = new World(gateway);
    world.bank.capture(world.open());
    const product = PRODUCT[gateway];
    const account = product.parseAccount(world.dialect.credentials());
    const deps = { fetch: world.fetch, now: () => instantFromMs(world.nowMs) };
    const forged = world.requests().map((request) => forge(request));
    expect(forged.length).toBeGreaterThan(0);
    for (const request of forged) {
      const reception = await product.receive(received(world, request), account, deps);
      const isOnlyTrigger =
        reception.outcome === 'statements' &&
        reception.statements.every(({ needsReread }) => needsReread === 'unsigned');
      expect(reception.outcome === 'refused' || isOnlyTrigger).toBe(true);
    }
  });
});

describe('the question of CloudPayments before it charges', () => {
  it('is answered with a yes that the gateway takes, or a no that it takes for a no', async () => {
    const world = new World('cloudpayments');
    const { dialect } = world;
    const request = dialect.question?.(world.open()).request({ attempt: 1, atMs: world.nowMs });
    if (!request) throw new Error('no question');
    const product = PRODUCT.cloudpayments;
    const account = product.parseAccount(dialect.credentials());
    const deps = { fetch: world.fetch, now: () => instantFromMs(world.nowMs) };
    const reception = await product.receive(received(world, request), account, deps);
    if (reception.outcome !== 'question') throw new Error(reception.outcome);
    expect(reception.question).toMatchObject({ invoiceId: 'inv_72', payerId: 'payer_AbCd1234' });

    const due = { minor: 490_000n, currency: 'RUB' as const };
    const facts = { payerId: 'payer_AbCd1234', due, isOpen: true };
    const isYes = (answer: { status: number; body: string }) =>
      dialect.isAcknowledged(answer, request);
    expect(isYes(reception.answer(facts))).toBe(true);
    expect(isYes(reception.answer({ ...facts, isOpen: false }))).toBe(false);
    expect(isYes(reception.answer({ ...facts, due: { ...due, minor: 489_999n } }))).toBe(false);
    expect(isYes(reception.answer(undefined))).toBe(false);
  });
});

/** A thief's edit: ten times the money. */
function forge(request: WireRequest): WireRequest {
  const more = (text: string) =>
    text.replace(/4900\.?00/g, (amount) => amount.replace('4900', '49000'));
  const { body, query } = request;
  const changed = {
    ...request,
    body: more(body),
    ...(query !== undefined && { query: more(query) }),
  };
  if (changed.body === body && changed.query === query) throw new Error('nothing was changed');
  return changed;
}
