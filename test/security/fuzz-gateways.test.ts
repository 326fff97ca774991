import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRequest, Reception } from '#shared/gateways/gateway.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { NOW, noFetch, rawRequest } from '#test/gateways/request.ts';
import { forges } from './fuzz/forges.ts';
import {
  FUZZ_TIMEOUT_MS,
  hostileBytes,
  hostileText,
  RUNS,
  SHARP_NUMBERS,
  SHARP_TEXTS,
} from './fuzz/hostile.ts';
import {
  changes,
  everyReplacement,
  mutated,
  parseTree,
  type Tree,
  treeOf,
  writeTree,
} from './fuzz/json-tree.ts';
import { faultsOfReception, textOf } from './fuzz/judge-reception.ts';

const deps = { fetch: noFetch, now: () => NOW };
const SELLER = 's1';

const SHARP: readonly Tree[] = [
  ...SHARP_TEXTS.map((text): Tree => ({ type: 'text', text })),
  ...SHARP_NUMBERS.map((text): Tree => ({ type: 'bare', text })),
  treeOf(Array(101).fill({ NotificationRequestItem: {}, seller_transaction_id: 'x' })),
];

/** What is wrong with an answer; that there is none is wrong as well. */
async function faultsOf(reception: Promise<Reception>, gateway: string): Promise<string[]> {
  try {
    return faultsOfReception(await reception, SELLER, gateway);
  } catch (error) {
    return [`throws ${String(error).slice(0, 200)}`];
  }
}

describe('the forges', () => {
  it('are there for every gateway', () => {
    expect(new Set(forges.map(({ gateway }) => gateway.name))).toEqual(
      new Set(gateways.map(({ name }) => name)),
    );
  });

  // Fuzzing behind a signature that never fits would test nothing.
  it.each(forges.map((forge, index) => [`${index} ${forge.gateway.name}`, forge] as const))(
    '%s sign so that the gateway believes every genuine message',
    async (_, { gateway, account, seeds, sign }) => {
      for (const seed of seeds) {
        const reception = await gateway.receive(sign(seed), account, deps);
        expect(reception.outcome, textOf(reception)).not.toBe('refused');
        expect(faultsOfReception(reception, SELLER, gateway.name)).toEqual([]);
      }
    },
  );

  it('write what they have read', () => {
    for (const text of ['{"a":1e400,"b":[1.50,{"":null}],"c":"\\ud800"}', '[]', '-0', '"x"']) {
      expect(writeTree(parseTree(text))).toBe(text);
    }
    expect(writeTree(mutated(treeOf({ a: 1 }), [{ does: 'repeat', at: 1 }]))).toBe('{"a":1,"a":1}');
  });
});

describe.each(forges.map((forge, index) => ({ name: `${forge.gateway.name} (${index})`, forge })))(
  'the reader of $name',
  { timeout: FUZZ_TIMEOUT_MS },
  ({ forge: { gateway, account, seeds, sign } }) => {
    const faultsFor = (request: RawRequest) =>
      faultsOf(gateway.receive(request, account, deps), gateway.name);

    it('keeps its promises for each sharp value at each place', async () => {
      const faults = new Map<string, string>();
      for (const message of seeds.flatMap((seed) => [...everyReplacement(seed, SHARP)])) {
        const told = await faultsFor(sign(message));
        if (told.length > 0) faults.set(told.join(), writeTree(message).slice(0, 2_000));
      }
      expect(Object.fromEntries(faults)).toEqual({});
    });

    it('keeps its promises whatever a signed message says', async () => {
      const seed = fc.constantFrom(...seeds);
      const property = fc.asyncProperty(seed, changes, async (genuine, all) => {
        expect(await faultsFor(sign(mutated(genuine, all)))).toEqual([]);
      });
      await fc.assert(property, { numRuns: RUNS });
    });

    it('keeps them for bytes that are no message at all', async () => {
      const [seed] = seeds;
      const genuine = sign(seed!);
      const names = fc.constantFrom(
        ...Object.keys(genuine.headers),
        'content-type',
        'authorization',
      );
      const others = fc.dictionary(names, hostileText, { maxKeys: 2 });
      const property = fc.asyncProperty(hostileBytes, others, async (body, changed) => {
        const query = Buffer.from(body).toString('latin1');
        const headers = { ...genuine.headers, ...changed };
        expect(await faultsFor(rawRequest({ ...genuine, body, query, headers }))).toEqual([]);
      });
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 4) });
    });
  },
);
