import { describe, expect, it } from 'vitest';
import { createReadSubscription } from '#shared/subscriptions/usecases/read-subscription.ts';
import { at, day, REF, start } from './builders.ts';
import { createLab } from './lab.ts';

async function reader() {
  const lab = await createLab();
  const read = createReadSubscription({
    store: lab.store,
    openInvoices: async () => [{ invoiceId: 'inv_1', payBy: day('2026-07-20') }],
    policyOf: async () => ({ graceDays: 3 }),
  });
  return { ...lab, read };
}

describe('a subscription', () => {
  it('is shown with its standing at a moment', async () => {
    const { change, read } = await reader();
    await change({ ref: REF, commandId: 'a', command: start() });
    const stateAt = async (text: string) =>
      (await read({ ref: REF, at: at(text) }))?.standing?.state;
    expect(await stateAt('2026-07-20')).toBe('active');
    expect(await stateAt('2026-07-21')).toBe('past_due');
    expect(await stateAt('2026-07-24')).toBe('suspended');
  });

  it('is shown as it was known before, too', async () => {
    const { change, read, skipDays } = await reader();
    await change({ ref: REF, commandId: 'a', command: start() });
    await skipDays(5);
    const when = { on: day('2026-07-11') };
    await change({ ref: REF, commandId: 'b', command: { kind: 'pause', when } });
    const query = { ref: REF, at: at('2026-07-12') };
    expect((await read(query))?.standing?.state).toBe('paused');
    expect((await read({ ...query, knownAt: at('2026-07-12') }))?.standing?.state).toBe('active');
    const never = await read({ ...query, knownAt: at('2026-07-01') });
    expect(never).toMatchObject({ lives: [], standing: undefined });
  });

  it('that nobody has is not shown', async () => {
    const { read } = await reader();
    expect(await read({ ref: REF, at: at('2026-07-12') })).toBeUndefined();
  });
});
