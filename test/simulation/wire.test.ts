import { describe, expect, it } from 'vitest';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import { clockSkew } from '../../simulation/faults/clock-skew.ts';
import { delay } from '../../simulation/faults/delay.ts';
import type { Fault } from '../../simulation/faults/fault.ts';
import { repeatedAction } from '../../simulation/faults/repeated-action.ts';
import { type SimulationOptions, simulate } from '../../simulation/simulation.ts';
import { stateText } from '../../simulation/state.ts';
import { DEFAULT_WORLD, type World } from '../../simulation/world/settings.ts';
import { refundProblems } from '../../simulation/world/wire/refunds.ts';

const WIRE: World = { ...DEFAULT_WORLD, wireShare: 1 };

/** Only stories that have an invoice: those are the ones that can be on the wire. */
function only(...acquirers: GatewayName[]): World {
  return { ...WIRE, acquirers, kinds: ['single', 'single', 'instalments', 'other_currency'] };
}

const always = (fault: Fault): Fault => ({ ...fault, rates: [1] });

/** The very fault, struck or not: a run with listed strikes leaves no fault out. */
function run(options: Partial<SimulationOptions>) {
  return simulate({ seed: 1, world: 12, setting: WIRE, faults: [], ...options });
}

describe('real notifications of the simulated acquirers, through the real handlers', () => {
  it.each(GATEWAYS)('of %s end where the oracle says', async (gateway) => {
    const { stories, problems, trace } = await run({ setting: only(gateway), keepsTrace: true });
    const payments = stories.flatMap((story) => story.payments);
    expect(payments.every(({ wire }) => wire?.gateway === gateway)).toBe(true);
    expect(trace.filter((line) => line.includes('sqs.SendMessage')).length).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it.each([1, 2, 3])('keep every promise under all faults with seed %i', async (seed) => {
    const { problems } = await simulate({ seed, world: 20, setting: WIRE });
    expect(problems).toEqual([]);
  });

  it('are signed anew with every redelivery, so that days of delay make none of them stale', async () => {
    const options = { setting: only('stripe', 'paypal'), faults: [always(delay)], seed: 2 };
    const { problems, strikesByFault } = await run(options);
    expect(problems).toEqual([]);
    expect(strikesByFault['delay']).toBeGreaterThan(5);
  });

  it('come again when the receiving clock was wrong, and are taken then', async () => {
    const options = { setting: only('stripe'), faults: [always(clockSkew)], keepsTrace: true };
    const { problems, strikesByFault, trace } = await run({ ...options, seed: 2 });
    const again = trace.filter((line) => /start receive\/\S+\.2$/.test(line));
    expect(strikesByFault['clock_skew']).toBeGreaterThan(5);
    expect(again.length).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it('come again when the webhook function crashed, to the same end', async () => {
    const crash: Fault = {
      name: 'crash_of_receive',
      rates: [0.4],
      onCall: ({ key, fn }, { strikes, choice }) =>
        fn === 'receive' && strikes(key)
          ? { do: choice.chance(`${key}:when`, 0.5) ? 'crash_before' : 'crash_after' }
          : undefined,
    };
    const calm = await run({ seed: 2 });
    const crashed = await run({ seed: 2, faults: [crash] });
    expect(crashed.strikesByFault['crash_of_receive']).toBeGreaterThan(10);
    expect(crashed.problems).toEqual([]);
    expect(certain(crashed)).toBe(certain(calm));
  });

  it('take the same steps whenever the seed is the same, whole or short', async () => {
    const short = await simulate({ seed: 5, world: 12, setting: WIRE, keepsTrace: true });
    const whole = {
      seed: 5,
      world: 12,
      setting: WIRE,
      keepsTrace: true,
      clients: 'whole' as const,
    };
    const again = await simulate(whole);
    expect(again.trace).toEqual(short.trace);
  });

  it('stay as they are when other stories are left out', async () => {
    const all = await run({});
    const some = await run({ only: new Set([2, 5]) });
    const kept = all.stories.filter(({ index }) => index === 2 || index === 5);
    expect(some.stories).toEqual(kept);
    expect(some.problems).toEqual([]);
  });
});

/** Which of several rivals is parked, and which refund came too early, may depend on the order. */
function certain(result: Awaited<ReturnType<typeof simulate>>): string {
  const uncertain = result.stories
    .filter(({ kind }) => kind === 'rivals' || kind === 'returned')
    .flatMap(({ payments, invoices }) => [
      ...payments.map(({ paymentId }) => paymentId),
      ...invoices.flatMap(({ invoiceId, payerId }) => [`${invoiceId} `, payerId]),
    ]);
  const lines = stateText(result).split('\n');
  return lines.filter((line) => !uncertain.some((name) => `${line} `.includes(name))).join('\n');
}

describe('a refund that an operator orders', () => {
  const setting: World = { ...WIRE, kinds: ['returned'] };

  it.each([1, 2])(
    'is made at most once, however often it is clicked, with seed %i',
    async (seed) => {
      const options = {
        seed,
        world: 20,
        setting,
        faults: [always(repeatedAction)],
        keepsTrace: true,
      };
      const { problems, outcome, trace } = await run(options);
      const answered = trace.filter((line) => line.includes(' start operate/refund'));
      const returned = outcome.published.filter(({ name }) => name.includes('refund'));
      expect(answered.length).toBeGreaterThan(40);
      expect(returned.length).toBeGreaterThan(5);
      expect(problems).toEqual([]);
    },
  );

  it('keeps every promise under all faults', async () => {
    expect((await simulate({ seed: 3, world: 25, setting })).problems).toEqual([]);
  });

  it('is missed by the watch neither when it is made twice nor when nobody wished for it', async () => {
    const { stories } = await run({ world: 3, setting });
    const story = stories.find(({ refunds }) => refunds.length > 0);
    const [wish] = story?.refunds ?? [];
    const change = wish?.payment.wire?.changes[0];
    if (!story || !wish || !change) throw new Error('the story has no refund');
    const made = (amountMinor: bigint) => ({
      ...change,
      kind: 'refunded' as const,
      refund: { id: 'r', amountMinor, atMs: 0, state: 'done' as const },
    });
    const once = new Map([[wish.payment, [made(wish.amount)]]]);
    const twice = new Map([[wish.payment, [made(wish.amount), made(wish.amount)]]]);
    const other = new Map([[wish.payment, [made(wish.amount + 1n)]]]);
    expect(refundProblems([story], once)).toEqual([]);
    expect(refundProblems([story], twice)).toHaveLength(1);
    expect(refundProblems([story], other)).toHaveLength(1);
  });
});
