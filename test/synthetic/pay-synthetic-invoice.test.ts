import { beforeEach, describe, expect, it } from 'vitest';
import { tbankAccount } from '#shared/gateways/tbank/account.ts';
import { tbank } from '#shared/gateways/tbank/index.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import {
  createPaySyntheticInvoice,
  SYNTHETIC_SELLER,
} from '#shared/synthetic/pay-synthetic-invoice.ts';
import { type Call, noFetch, rawRequest, recordingFetch } from '#test/gateways/request.ts';
import { createLab, type Lab, message } from '#test/support/ledger-lab.ts';

const MINUTE_MS = 60_000;
const ACCOUNT = {
  terminalKey: '1321054611234',
  passwords: ['Dfsfh56dgKl'],
  test: false,
  allowedAddresses: [],
};
let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});

/** The job over a door that answers with these statuses, one after the other. */
function job(...statuses: number[]) {
  const { fetch, calls } = recordingFetch(() => ({ status: statuses.shift() ?? 200, body: 'OK' }));
  const lines: string[] = [];
  const metrics = createMetrics((line) => lines.push(line));
  const deps = {
    store: lab.invoices,
    credentials: async (): Promise<unknown> => ({ [SYNTHETIC_SELLER]: ACCOUNT }),
    webhooksBaseUrl: 'https://hooks.example',
    fetch,
    metrics,
    clock: lab.clock,
  };
  const values = (name: string) => {
    metrics.flush(lab.clock());
    return lines.flatMap((line) => (JSON.parse(line)[name] ?? []) as number[]);
  };
  return { run: createPaySyntheticInvoice(deps), calls, values, deps };
}

/** What the gateway of the product makes of the notification. */
async function understood({ body }: Call): Promise<PaymentStatement> {
  const account = tbankAccount.parse({ ...ACCOUNT, seller: SYNTHETIC_SELLER });
  const deps = { fetch: noFetch, now: lab.clock };
  const reception = await tbank.receive(rawRequest({ body }), account, deps);
  if (reception.outcome !== 'statements') throw new Error(reception.outcome);
  return reception.statements[0]!;
}

/** Settles what the door was told, as the product would. */
async function settle(call: Call | undefined) {
  const [result] = await lab.settler()([message(lab, await understood(call!))]);
  expect(result).toMatchObject({ done: 'settled' });
}

describe('the synthetic payment', () => {
  it('issues the invoice of the minute and pays it with a genuine notification at the public door', async () => {
    const { run, calls } = job();
    await run();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://hooks.example/webhooks/synthetic/tbank',
      headers: { 'content-type': 'application/json' },
    });
    const told = await understood(calls[0]!);
    const minute = Math.floor(Date.parse(lab.clock()) / MINUTE_MS);
    expect(told).toMatchObject({
      seller: 'synthetic',
      invoiceId: `synthetic_${minute}`,
      totals: { captured: 100n },
      test: false,
    });
    const ref = { seller: 'synthetic', invoiceId: `synthetic_${minute}` };
    expect(await lab.invoices.read(ref)).toMatchObject({ total: 100n, currency: 'RUB' });
  });

  it('says a minute later that it was paid, and how long it took', async () => {
    const { run, calls, values } = job();
    await run();
    await lab.virtual.advance(700);
    await settle(calls[0]);
    await lab.virtual.advance(MINUTE_MS - 700);
    await run();
    expect([values('SyntheticUnpaid'), values('SyntheticMs')]).toEqual([[0], [700]]);
  });

  it.each([
    [10_000, 0],
    [10_001, 1],
  ])('counts a payment after %i ms as %i late', async (tookMs, late) => {
    const { run, calls, values } = job();
    await run();
    await lab.virtual.advance(tookMs);
    await settle(calls[0]);
    await lab.virtual.advance(MINUTE_MS - tookMs);
    await run();
    expect([values('SyntheticUnpaid'), values('SyntheticMs')]).toEqual([[late], [tookMs]]);
  });

  it('says a minute later that it was not paid', async () => {
    const { run, values } = job();
    await run();
    await lab.virtual.advance(MINUTE_MS);
    await run();
    expect([values('SyntheticUnpaid'), values('SyntheticMs')]).toEqual([[1], []]);
  });

  it('says nothing of a minute in which it did not run', async () => {
    const { run, values } = job();
    await run();
    await lab.virtual.advance(2 * MINUTE_MS);
    await run();
    expect(values('SyntheticUnpaid')).toEqual([]);
  });

  it.each([401, 429, 503, 202])('says at once that the door answered %i', async (status) => {
    const { run, values } = job(status);
    await run();
    expect(values('SyntheticUnpaid')).toEqual([1]);
  });

  it('still judges the minute before when the door cannot be reached', async () => {
    const first = job();
    await first.run();
    await lab.virtual.advance(MINUTE_MS);
    const { deps, values } = job();
    const run = createPaySyntheticInvoice({
      ...deps,
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    });
    await expect(run()).rejects.toThrow('fetch failed');
    expect(values('SyntheticUnpaid')).toEqual([1]);
  });

  it('does nothing twice when two ticks of one minute are stacked', async () => {
    const { run, calls } = job();
    await run();
    await run();
    await settle(calls[0]);
    const repeated = await understood(calls[1]!);
    const [result] = await lab.settler()([message(lab, repeated)]);
    expect(result).toMatchObject({ done: 'unchanged', payment: { version: 1 } });
  });

  it.each([
    ['no object', 'text'],
    ['nothing', null],
    ['no synthetic seller', { school: ACCOUNT }],
    ['a seller only by inheritance', Object.create({ [SYNTHETIC_SELLER]: ACCOUNT })],
    ['no password', { [SYNTHETIC_SELLER]: { ...ACCOUNT, passwords: [] } }],
  ])('fails loudly, and calls nobody, when the secret holds %s', async (_, secret) => {
    const { deps, calls } = job();
    const run = createPaySyntheticInvoice({ ...deps, credentials: async () => secret });
    await expect(run()).rejects.toThrow();
    expect(calls).toEqual([]);
  });
});
