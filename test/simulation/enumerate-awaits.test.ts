import { globSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AwaitEnumeration, enumerateAwaits } from '../../simulation/enumerate/awaits.ts';
import { PAYMENT_PATH } from '../../simulation/enumerate/payment-path-roots.ts';
import { accountFor, UNREACHED } from '../../simulation/enumerate/unreached.ts';

// Each await once, where it is first met. Every time that each is met, in every story, is
// `npm run simulate -- --enumerate`.

const TIMEOUT_MS = 240_000;

describe('a crash at each await in the sources of the payment path', () => {
  let found: AwaitEnumeration;
  beforeAll(async () => {
    found = await enumerateAwaits('each_await');
  }, TIMEOUT_MS);

  it('falls before and after what is waited for, and is really made', () => {
    const { crashes, met } = found;
    const perAwait = Map.groupBy(crashes, ({ name }) => name);
    expect([...perAwait.keys()].sort()).toEqual(Object.keys(met).sort());
    for (const [name, all] of perAwait)
      expect(
        all.map(({ when }) => when),
        name,
      ).toEqual(['before', 'after']);
    expect(crashes.filter(({ hasCrashed }) => !hasCrashed)).toEqual([]);
  });

  it('changes nothing of where the money stands at the end', () => {
    const bad = found.crashes.filter(({ isSameEnd, problems }) => !isSameEnd || problems[0]);
    expect(bad.map(({ story, when, key }) => `${story}: ${when} ${key}`)).toEqual([]);
    expect(found.broken).toEqual([]);
  });

  it('leaves out no await, but for those of which the list says why', () => {
    const { unexplained, stale } = accountFor(found.sites, found.met);
    expect(unexplained.map(({ name, text }) => `${name} ${text}`)).toEqual([]);
    expect(stale).toEqual([]);
    expect(UNREACHED.length).toBeLessThan(found.sites.length / 5);
  });

  it('covers the functions from the webhook to the access, and what operators do', () => {
    const functions = globSync('functions/*/*/handler.ts').filter(
      (file) => !/watch-ledger|pay-synthetic-invoice/.test(file),
    );
    expect([...PAYMENT_PATH].sort()).toEqual(functions.sort());
    const withAwaits = new Set(found.sites.map(({ file }) => file));
    expect([...withAwaits].filter((file) => !found.loaded.includes(file))).toEqual([
      'shared/payments/adapters/raw-archive.ts',
      'shared/platform/outbound/guarded-fetch.ts',
    ]);
  });
});
