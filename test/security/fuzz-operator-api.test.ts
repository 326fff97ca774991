import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '#shared/operator-api/contracts/operations.ts';
import { PAYER } from '#test/operator-api/builders.ts';
import { call } from '#test/operator-api/call.ts';
import { createWorld } from '#test/operator-api/world.ts';
import {
  FUZZ_TIMEOUT_MS,
  hostileBytes,
  hostileText,
  PERSON,
  personIn,
  RUNS,
} from './fuzz/hostile.ts';
import { changes, mutated, type Tree, treeOf, writeTree } from './fuzz/json-tree.ts';

/** Genuine bodies by operation; the others take none. */
const BODIES: Readonly<Record<string, Tree>> = {
  createInvoice: treeOf({
    seller: 'shop',
    id: 'INV_1',
    payerId: PAYER,
    currency: 'RUB',
    lines: [
      { title: 'Course', amount: '100', vat: '22' },
      { title: 'Book', amount: '50', vat: 'none' },
    ],
  }),
  createLink: treeOf({ gateway: 'tbank', returnUrl: 'https://shop.example/back', twoStage: true }),
  createPaymentLink: treeOf({ gateway: 'tbank', returnUrl: 'https://shop.example/back' }),
  refundPayment: treeOf({ amount: '100' }),
  allocatePayment: treeOf({ invoiceId: 'INV_1' }),
};

const segment = hostileText
  .filter((text) => text.isWellFormed() && text !== '' && !/^\.+$/.test(text))
  .map(encodeURIComponent);
const query = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom('seller', 'limit', 'cursor', 'status', 'from', 'to', 'reason', 'gateway'),
      segment,
    ),
    fc.oneof(fc.constantFrom('shop', '1', '100', 'paid'), segment),
  ),
  { maxLength: 4 },
);
const queryText = query.map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));

describe.each(OPERATIONS.map((operation) => ({ id: operation.id, operation })))(
  'the operation $id',
  { timeout: FUZZ_TIMEOUT_MS },
  ({ operation }) => {
    const method = operation.method === 'get' ? 'GET' : 'POST';
    const seed = BODIES[operation.id] ?? treeOf({});
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const good: Readonly<Record<string, string>> = {
      seller: 'shop',
      id: 'INV_1',
      payerId: PAYER,
      gateway: 'tbank',
      paymentId: '1',
    };
    const path = fc
      .tuple(...names.map((name) => fc.oneof(fc.constant(good[name] ?? 'x'), segment)))
      .map((values) =>
        names.reduce(
          (text, name, at) => text.replace(`{${name}}`, () => values[at] ?? ''),
          operation.path,
        ),
      );

    it('answers as it is described, and names what is wrong with a request', async () => {
      const body = fc.oneof(
        changes.map((all) => writeTree(mutated(seed, all))),
        hostileBytes,
        fc.constant(JSON.stringify(PERSON)),
      );
      const type = fc.constantFrom(
        'application/json',
        'application/json;charset=utf-16',
        'text/xml',
      );
      const headers = fc.dictionary(
        fc.constantFrom('idempotency-key', 'x-forwarded-for'),
        fc.string({ maxLength: 300, unit: fc.constantFrom('a', '\u007f', 'é', ' ', '-') }),
      );
      const asked = fc.tuple(path, queryText, body, type, headers);
      const property = fc.asyncProperty(
        asked,
        async ([where, text, rawBody, contentType, head]) => {
          const address = text === '' ? where : `${where}?${text}`;
          const options = method === 'GET' ? {} : { rawBody, contentType };
          // `call` holds every answer against the published description.
          const answer = await call(createWorld(), method, address, { ...options, headers: head });
          expect(answer.status, JSON.stringify(answer.body)).not.toBe(500);
          if (answer.status !== 400) return;
          expect(personIn(JSON.stringify(answer.body))).toBeUndefined();
          const { type: problem, errors } = answer.body;
          const namesFields = !String(problem).endsWith('request.malformed');
          if (namesFields) expect(errors.length).toBeGreaterThan(0);
          for (const { in: place, message } of errors ?? []) {
            expect(['body', 'path', 'query', 'header']).toContain(place);
            expect(message).not.toBe('');
          }
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 3) });
    });
  },
);
