import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayDeps, RawRequest, Reception } from '#shared/gateways/gateway.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { MAX_MINOR } from '#shared/kernel/money.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import { badAmounts, wireOf } from './amounts.ts';
import type { Kit } from './kit.ts';
import { outcomeOfSample } from './outcome.ts';
import { NOW, noFetch } from './request.ts';
import { requestOf, type Sample, sampledGateways, samplesOf } from './samples.ts';
import { kits } from './signers/all-kits.ts';
import { everyOrderOf, mergeAll } from './story.ts';
import {
  means,
  oneByteChanges,
  textOfBigInt,
  withoutFunctions,
  withoutUnsigned,
} from './tampering.ts';

const deps = (fetch: typeof globalThis.fetch = noFetch): GatewayDeps => ({ fetch, now: () => NOW });

function statementsOf(reception: Reception): readonly PaymentStatement[] {
  expect(reception, JSON.stringify(reception, textOfBigInt)).toMatchObject({
    outcome: 'statements',
  });
  return reception.outcome === 'statements' ? reception.statements : [];
}

describe('the registry', () => {
  it('has samples and a signer for every gateway, and no gateway twice', () => {
    const names = gateways.map(({ name }) => name).sort();
    expect(new Set(names).size).toBe(names.length);
    expect(sampledGateways()).toEqual(names);
    expect(kits.map(({ gateway }) => gateway.name).sort()).toEqual(names);
  });

  it('does not take an account of another gateway', async () => {
    for (const gateway of gateways) {
      expect(() => gateway.parseAccount({ seller: 's1', secret: 'x' })).toThrow(gateway.name);
    }
  });
});

describe.each(kits)('$gateway.name', (kit) => {
  const { gateway } = kit;
  const [current, next] = kit.secrets;
  const receive = (request: RawRequest, secrets: readonly string[] = [current]) =>
    gateway.receive(request, kit.account(secrets), deps(kit.fetchWhileReceiving?.({})));
  const receiveSample = (sample: Sample, request = requestOf(sample)) =>
    gateway.receive(
      request,
      kit.accountOfSample(sample.config),
      deps(kit.fetchWhileReceiving?.(sample.config)),
    );

  describe('recorded notifications', () => {
    it.each(samplesOf(gateway.name))('$name', async (sample) => {
      const reception = await receiveSample(sample);
      expect(await outcomeOfSample(kit, sample, reception)).toEqual('as expected');
    });

    it('gives the same statement when it comes again later', async () => {
      for (const sample of samplesOf(gateway.name)) {
        expect(withoutFunctions(await receiveSample(sample))).toEqual(
          withoutFunctions(await receiveSample(sample)),
        );
      }
    });

    // Goal: nothing that is not protected decides anything. Method: every byte of every message.
    it('refuses each changed byte, or the change means nothing', async () => {
      for (const sample of samplesOf(gateway.name).filter(({ expected }) => expected.verified)) {
        const original = await receiveSample(sample);
        for (const { changed, where } of oneByteChanges(requestOf(sample))) {
          const reception = await receiveSample(sample, changed);
          const same = means(withoutUnsigned(kit, original), withoutUnsigned(kit, reception));
          expect(same, `${sample.name}: ${where}`).toBe(true);
        }
      }
    }, 120_000);
  });

  it('refuses a body that is no body of its kind, and never throws', async () => {
    const bodies = ['', '{', '[]', 'null', '%', 'a=%zz', '\u0000', '[['.repeat(50_000), '{"a":1}'];
    const template = kit.captured(wireOf(kit, 490_000n), current);
    for (const text of bodies) {
      const request = { ...template, body: Buffer.from(text), query: text };
      expect(await receive(request), text.slice(0, 20)).toMatchObject({ outcome: 'refused' });
    }
    const notUtf8 = { ...template, body: Buffer.from([0xff, 0xfe, 0x7b]), query: '%ff' };
    expect(await receive(notUtf8)).toMatchObject({ outcome: 'refused' });
  });

  it('never throws on random bytes', async () => {
    const template = kit.captured(wireOf(kit, 490_000n), current);
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const query = Buffer.from(bytes).toString('latin1');
      const reception = await receive({ ...template, body: bytes, query });
      expect(reception.outcome).toBe('refused');
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('refuses a status that no documentation lists, so that the gateway comes again', async () => {
    const reception = await receive(kit.unknownStatus(current));
    expect(reception).toMatchObject({ outcome: 'refused', refusal: 'status_unknown' });
    expect(reception.outcome === 'refused' && reception.acknowledgement.status).toBe(422);
  });

  it('refuses in its own dialect and never with the words of success', async () => {
    const accepted = await receive(kit.captured(wireOf(kit, 490_000n), current));
    const success = accepted.outcome === 'statements' && accepted.acknowledgement;
    for (const refusal of ['signature_mismatch', 'status_unknown', 'seller_unknown'] as const) {
      const answer = gateway.refusalFor(refusal);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer).not.toEqual(success);
    }
  });

  // Goal: no kopeck is rounded. Method: any amount, written as the gateway writes it.
  it('reads any amount exactly', async () => {
    const property = fc.asyncProperty(fc.bigInt(1n, MAX_MINOR), async (minor) => {
      const wire = wireOf(kit, minor);
      const [statement] = statementsOf(await receive(kit.captured(wire, current)));
      expect((await proven(kit, statement, wire)).totals.captured).toBe(minor);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it.each(badAmounts(kit))('refuses the amount %s', async (wire) => {
    const reception = await receive(kit.captured(wire, current));
    expect(reception).toMatchObject({ outcome: 'refused', refusal: 'amount_invalid' });
  });

  if (isSigned(kit)) {
    it('refuses an empty secret, even what is signed with it', async () => {
      for (const secrets of [[], [''], ['', '']]) {
        for (const secret of [current, '']) {
          const reception = await receive(kit.captured(wireOf(kit, 490_000n), secret), secrets);
          expect(reception).toMatchObject({ outcome: 'refused' });
        }
      }
    });

    it('refuses the right signature of a wrong or a retired secret', async () => {
      const request = kit.captured(wireOf(kit, 490_000n), current);
      expect(await receive(request, [next])).toMatchObject({
        outcome: 'refused',
        refusal: 'signature_mismatch',
      });
    });
  } else {
    it('believes nothing that nobody signed', async () => {
      for (const request of kit.story(current).requests) {
        for (const statement of statementsOf(await receive(request))) {
          expect(statement).toMatchObject({ totals: {}, parts: [], needsReread: 'unsigned' });
        }
      }
    });
  }

  it('accepts both secrets while a rotation lasts', async () => {
    for (const secret of [current, next]) {
      statementsOf(await receive(kit.captured(wireOf(kit, 490_000n), secret), [next, current]));
    }
  });

  // Goal: order, repetition and delay do not matter. Method: all orders of a payment's messages.
  it('comes to one and the same payment whatever the order of its messages', async () => {
    const { requests, fetch, expected } = kit.story(current);
    const statements = [];
    for (const request of requests) statements.push(...statementsOf(await receive(request)));
    const account = kit.account([current]);
    const outcomes = new Map<string, unknown>();
    for (const order of everyOrderOf(statements)) {
      const facts = await mergeAll(order, (known) =>
        gateway.api.readPayment?.(account, known, deps(fetch)),
      );
      outcomes.set(JSON.stringify(facts, textOfBigInt), facts);
    }
    expect([...outcomes.values()]).toHaveLength(1);
    const [facts] = outcomes.values();
    expect(facts).toMatchObject(expected);
  }, 120_000);
});

/** The statement that may be booked: itself, or what the API answers in its place. */
async function proven(kit: Kit, statement: PaymentStatement | undefined, wire: string) {
  if (!statement) throw new Error('no statement');
  if (!statement.needsReread) return statement;
  expect([statement.totals, statement.parts]).toEqual([{}, []]);
  const fetch = kit.apiAfter?.(wire) ?? noFetch;
  const request = { paymentId: statement.paymentId, captured: 0n };
  const answer = kit.gateway.api.readPayment?.(kit.account(kit.secrets), request, deps(fetch));
  if (!answer) throw new Error(`${kit.gateway.name} cannot be re-read`);
  return answer;
}

function isSigned(kit: Kit): boolean {
  return kit.gateway.name !== 'yookassa';
}
