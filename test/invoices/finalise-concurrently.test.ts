import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { faultsOfNumbers } from '#shared/invoices/domain/document-number.ts';
import {
  createFinaliseDocuments,
  SeriesContended,
} from '#shared/invoices/usecases/finalise-documents.ts';
import { localDate } from '#shared/kernel/local-date.ts';
import { createDocumentLab, type DocumentLab, draft, ROW_2026 } from './document-lab.ts';

/** The process dies: nothing that it would have done next is done. */
class Crash extends Error {}

/** mulberry32: the same seed, the same faults. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A client whose transactions fail before the write, or after it with the answer lost. */
function faulty(client: DynamoDBClient, random: () => number, seen: Record<string, number>) {
  const send = async (command: object) => {
    if (!(command instanceof TransactWriteItemsCommand)) return client.send(command as never);
    const dice = random();
    if (dice < 0.1) {
      seen['before'] = (seen['before'] ?? 0) + 1;
      throw new Crash('before the write');
    }
    const answer = await client.send(command);
    if (dice < 0.25) {
      seen['after'] = (seen['after'] ?? 0) + 1;
      throw new Crash('after the write');
    }
    return answer;
  };
  return { send } as unknown as DynamoDBClient;
}

async function openAll(lab: DocumentLab, ids: readonly string[]) {
  for (const id of ids)
    await lab.ready(draft(id, { payerId: `payer_${Number(id.slice(1)) % 50}` }));
}

/** A worker that comes back after each crash until its documents are finalised. */
async function work(
  lab: DocumentLab,
  ids: readonly string[],
  random: () => number,
  seen: Record<string, number>,
) {
  const table = { client: faulty(lab.client, random, seen), name: lab.ledger.name };
  const finalise = createFinaliseDocuments(lab.parts(table));
  for (let life = 1; life <= 200; life++) {
    try {
      const outcomes = await finalise('school', ids);
      if (outcomes.every((one) => 'document' in one)) return;
      throw new Error(`not all of ${ids.length} documents were finalised`);
    } catch (error) {
      if (error instanceof SeriesContended) seen['contended'] = (seen['contended'] ?? 0) + 1;
      else if (!(error instanceof Crash)) throw error;
    }
  }
  throw new Error('a worker never came through');
}

describe('finalising at the same time', () => {
  test('1,000 documents by 100 workers with crashes get a dense sequence, each one number', async () => {
    const lab = await createDocumentLab();
    const ids = Array.from({ length: 1_000 }, (_, index) => `d${index}`);
    await openAll(lab, ids);
    const random = randomOf(20261122);
    const seen: Record<string, number> = {};
    // Every document is asked for by two workers, in different company.
    const parts = Array.from({ length: 50 }, (_, worker) => [
      ids.slice(worker * 20, worker * 20 + 20),
      ids.filter((_id, index) => index % 50 === worker),
    ]).flat();
    await Promise.all(parts.map((part) => work(lab, part, random, seen)));

    expect(seen['before']).toBeGreaterThan(5);
    expect(seen['after']).toBeGreaterThan(5);
    const { last, faults } = await lab.report(ROW_2026);
    expect(last).toBe(1_000);
    expect(faults).toEqual([]);
    const ranges = await lab.documents.numbers(ROW_2026);
    const given = ranges.flatMap(({ documents }) => documents);
    expect(new Set(given)).toEqual(new Set(ids));
    const heads = await Promise.all(
      ids.map((invoiceId) => lab.invoices.read({ seller: 'school', invoiceId })),
    );
    const ordinals = heads.map((head) => head!.document!.number!.ordinal).sort((a, b) => a - b);
    expect(ordinals).toEqual(ids.map((_, index) => index + 1));
    expect(new Set(heads.map((head) => head!.document!.number!.text)).size).toBe(1_000);
    // Each is booked once: the payers owe exactly what was issued.
    expect(heads.every((head) => head!.version === 1 && head!.entries.length === 1)).toBe(true);
    await lab.seal();
    expect((await lab.verify()).faults).toEqual([]);
  }, 120_000);

  test('a change that comes in between is either in the document or refused', async () => {
    const lab = await createDocumentLab();
    const ids = Array.from({ length: 24 }, (_, index) => `d${index}`);
    await openAll(lab, ids);
    const changes = ids.map((documentId) =>
      lab.amend.change(
        { seller: 'school', documentId },
        { change: 'terms', dueOn: localDate(2027, 1, 1) },
      ),
    );
    const [outcomes, ...answers] = await Promise.all([lab.finalise('school', ids), ...changes]);
    for (const [index, answer] of answers.entries()) {
      const outcome = outcomes[index]!;
      const dueOn = 'document' in outcome ? outcome.document.document?.dueOn : 'none';
      expect(dueOn).toBe('refused' in answer ? undefined : '2027-01-01');
    }
    expect((await lab.report(ROW_2026)).faults).toEqual([]);
  });

  test('numbers begin again with the year of the day of issue', async () => {
    const lab = await createDocumentLab();
    await openAll(lab, ['d1', 'd2', 'd3']);
    await lab.finalise('school', ['d1', 'd2']);
    lab.day.today = localDate(2027, 1, 1);
    const [outcome] = await lab.finalise('school', ['d3']);
    expect(outcome).toMatchObject({
      document: { document: { number: { text: 'A-2027-000001' } } },
    });
    expect((await lab.report({ ...ROW_2026, period: '2027' })).last).toBe(1);
  });

  test('one call takes more documents than a transaction', async () => {
    const lab = await createDocumentLab();
    const ids = Array.from({ length: 60 }, (_, index) => `d${index}`);
    await openAll(lab, ids);
    expect(await lab.finalise('school', ids)).toHaveLength(60);
    expect(
      (await lab.documents.numbers(ROW_2026)).map(({ documents }) => documents.length),
    ).toEqual([24, 24, 12]);
  });
});

describe('the report of numbers', () => {
  test('names what is missing, used twice, or not on its document', () => {
    const ranges = [
      { from: 1, documents: ['a', 'b'] },
      { from: 4, documents: ['c'] },
      { from: 2, documents: ['d'] },
    ];
    const on: Record<string, number> = { a: 1, b: 2, c: 5, d: 2 };
    expect(faultsOfNumbers(6, ranges, (id) => on[id])).toEqual([
      { fault: 'used_twice', ordinal: 2, documents: ['b', 'd'] },
      { fault: 'missing', from: 3, to: 3 },
      { fault: 'not_on_document', ordinal: 4, document: 'c' },
      { fault: 'missing', from: 5, to: 6 },
    ]);
  });
});
