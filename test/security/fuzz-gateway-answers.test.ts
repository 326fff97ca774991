import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GatewayDeclined,
  type GatewayDeps,
  GatewayUnavailable,
  type LinkRequest,
} from '#shared/gateways/gateway.ts';
import { money } from '#shared/kernel/money.ts';
import type { Kit } from '#test/gateways/kit.ts';
import { NOW, noFetch } from '#test/gateways/request.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';
import { operationStateXml } from '#test/gateways/signers/robokassa.ts';
import {
  FUZZ_TIMEOUT_MS,
  hostileBytes,
  hostileText,
  PERSON,
  personIn,
  RUNS,
} from './fuzz/hostile.ts';
import { type Change, changes, mutated, parseTree, treeOf, writeTree } from './fuzz/json-tree.ts';
import { faultsOfStatement, textOf } from './fuzz/judge-reception.ts';

/** What a broken proxy, a changed version or somebody in the middle makes of an answer. */
type Spoiling =
  | { readonly how: 'change'; readonly changes: readonly Change[] }
  | { readonly how: 'bytes'; readonly bytes: Uint8Array }
  | { readonly how: 'piece'; readonly piece: string; readonly at: number };

const XML_PIECES = [
  '<!DOCTYPE b [<!ENTITY a "xxxxxxxxxx"><!ENTITY c "&a;&a;&a;&a;&a;">]><b>&c;&c;</b>',
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
  ...[
    '<__proto__><polluted>1</polluted></__proto__>',
    '<constructor/>',
    '<![CDATA[<OutSum>1</OutSum>]]>',
  ],
  ...['<OutSum>-1</OutSum>', '<State><Code>100</Code></State>', '</State>', '<a '.repeat(2_000)],
  ...['<x>'.repeat(20_000), '&#x0;', '&lt;', '\u0000', '<?php ?>', '<!-- ', '<OutSum>1e9</OutSum>'],
];

const spoiling: fc.Arbitrary<Spoiling> = fc.oneof(
  { weight: 6, arbitrary: changes.map((all): Spoiling => ({ how: 'change', changes: all })) },
  { weight: 1, arbitrary: hostileBytes.map((bytes): Spoiling => ({ how: 'bytes', bytes })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof(fc.constantFrom(...XML_PIECES), hostileText), fc.nat(2_000))
      .map(([piece, at]): Spoiling => ({ how: 'piece', piece, at })),
  },
);

function spoilt(text: string, how: Spoiling): string | Uint8Array {
  if (how.how === 'bytes') return how.bytes;
  if (how.how === 'piece') {
    const at = how.at % (text.length + 1);
    return text.slice(0, at) + how.piece + text.slice(at);
  }
  try {
    return writeTree(mutated(parseTree(text), how.changes));
  } catch {
    return text; // XML is spoilt by its pieces.
  }
}

/** The gateway's API as the kit has it, with one answer in so many spoilt. */
function spoilingDeps(
  base: typeof fetch,
  how: Spoiling,
  which: number,
  status: number,
): GatewayDeps {
  let calls = 0;
  const spoiling: typeof fetch = async (input, init) => {
    calls += 1;
    if (calls > CALLS_MAX) throw new Error('the gateway is asked without end');
    const answer = await base(input, init);
    if (calls % 3 !== which % 3) return answer;
    const body = spoilt(await answer.text(), how);
    return new Response(typeof body === 'string' ? body : new Uint8Array(body), { status });
  };
  return { fetch: spoiling, now: () => NOW };
}

/** More calls than any call of ours needs: a page that leads to itself must be noticed. */
const CALLS_MAX = 500;

const request: LinkRequest = {
  orderReference: 'inv_72-2',
  invoiceId: 'inv_72',
  payerId: 'payer_0a1b2c3d4e',
  amount: money(490_000n, 'RUB'),
  description: 'inv_72',
  returnUrl: 'https://shop.example/back',
  twoStage: false,
  idempotencyKey: 'key-1',
};

/** A call may find the gateway away, or be declined. Anything else would be taken for a bug of ours. */
async function documented<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    expect(String(error)).toMatch(/^(?:GatewayUnavailable|GatewayDeclined)/);
    expect(error instanceof GatewayUnavailable || error instanceof GatewayDeclined).toBe(true);
    expect(personIn(String(error))).toBeUndefined();
    return undefined;
  }
}

async function collected<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of all) list.push(one);
  return list;
}

const withPeople = {
  email: PERSON.email,
  name: PERSON.name,
  card: PERSON.pan,
  message: PERSON.phone,
};

/** The kit's own answers, each with a person in fields that we do not ask for. */
function peopled(base: typeof fetch): typeof fetch {
  return async (input, init) => {
    const text = await (await base(input, init)).text();
    try {
      const tree = parseTree(text);
      if (tree.type !== 'object') return new Response(text);
      const person = treeOf({ ...withPeople, customer: withPeople });
      const more = person.type === 'object' ? person.fields : [];
      return new Response(writeTree({ type: 'object', fields: [...tree.fields, ...more] }));
    } catch {
      return new Response(text);
    }
  };
}

async function paymentIdOf(kit: Kit): Promise<string> {
  const secret = kit.secrets[0];
  for (const message of kit.story(secret).requests) {
    const deps = { fetch: noFetch, now: () => NOW };
    const reception = await kit.gateway.receive(message, kit.account([secret]), deps);
    const [first] = reception.outcome === 'statements' ? reception.statements : [];
    if (first) return first.paymentId;
  }
  throw new Error('a story without a payment');
}

const readable = kits.filter(({ gateway }) => Object.keys(gateway.api).length > 0);

describe.each(readable)('the API client of $gateway.name', { timeout: FUZZ_TIMEOUT_MS }, (kit) => {
  const { gateway } = kit;
  const account = kit.account(kit.secrets);
  const base = peopled(kit.apiAfter?.('4900.00') ?? kit.story(kit.secrets[0]).fetch);
  const answer = fc.tuple(spoiling, fc.nat(2), fc.constantFrom(200, 200, 200, 400, 404, 500, 302));

  it('believes a payment only when the answer can be read', async () => {
    const paymentId = await paymentIdOf(kit);
    const property = fc.asyncProperty(answer, async ([how, which, status]) => {
      const deps = spoilingDeps(base, how, which, status);
      const read = gateway.api.readPayment?.(account, { paymentId, captured: 490_000n }, deps);
      const statement = read && (await documented(read));
      if (!statement) return;
      expect(faultsOfStatement(statement), textOf(statement)).toEqual([]);
      expect([statement.seller, statement.gateway]).toEqual(['s1', gateway.name]);
      expect(personIn(textOf(statement))).toBeUndefined();
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  it('makes a link, refunds and lists, or says that it cannot', async () => {
    const amount = money(100n, 'RUB');
    const refund = { paymentId: '8742591234', amount, captured: 490_000n, idempotencyKey: 'k' };
    const period = { from: NOW, to: NOW };
    const property = fc.asyncProperty(answer, async ([how, which, status]) => {
      const deps = () => spoilingDeps(base, how, which, status);
      const { api } = gateway;
      if (api.createLink) await documented(api.createLink(account, request, deps()));
      if (api.refund) await documented(api.refund(account, refund, deps()));
      const { listPayments } = api;
      if (listPayments) {
        const listed = await documented(collected(listPayments(account, period, deps())));
        for (const statement of listed ?? []) expect(faultsOfStatement(statement)).toEqual([]);
      }
    });
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 3) });
  });
});

describe('a bomb in XML', () => {
  it('grows nothing, and reaches no file', async () => {
    const kit = kits.find(({ gateway }) => gateway.name === 'robokassa')!;
    const bomb = `<!DOCTYPE b [<!ENTITY a "1"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY c "${'&b;'.repeat(1000)}">]>`;
    for (const entity of ['&c;', '&e;']) {
      const xml = operationStateXml('100', `<OutSum>${entity}</OutSum>`).replace('?>', `?>${bomb}`);
      const deps = { fetch: async () => new Response(xml), now: () => NOW };
      const read = kit.gateway.api.readPayment?.(
        kit.account(kit.secrets),
        { paymentId: '5000000000000000001', captured: 0n },
        deps,
      );
      await expect(read).rejects.toThrow(GatewayUnavailable);
    }
  });
});
