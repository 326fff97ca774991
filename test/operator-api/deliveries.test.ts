import { describe, expect, it } from 'vitest';
import type { FiledDeadLetter, KeptRefusal } from '#shared/operator-api/ports.ts';
import { at } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

function letter(id: string, seconds: number): FiledDeadLetter {
  return {
    id,
    diedAt: at(seconds),
    reason: 'payment.currency_conflict',
    source: 'dead-letters',
    receives: 3,
    about: { seller: 'shop', gateway: 'yookassa', paymentId: `p-${id}` },
  };
}

function refusal(id: string, over: Partial<KeptRefusal> = {}): KeptRefusal {
  return {
    id,
    gateway: 'yookassa',
    seller: 'shop',
    at: at(1),
    refusal: 'signature_mismatch',
    detail: 'header signature',
    method: 'POST',
    kind: undefined,
    sourceIp: '203.0.113.7',
    bodyBytes: 12,
    sha256: 'b'.repeat(64),
    raw: { query: '', headers: { host: 'x' }, bodyBase64: 'e30=' },
    ...over,
  };
}

describe('dead letters', () => {
  it('are listed newest first, across pages, with what they are about', async () => {
    const world = createWorld();
    world.state.deadLetters = ['a', 'b', 'c'].map((id, index) => letter(id, index));
    const first = await call(world, 'GET', '/v1/dead-letters?limit=2');
    expect(first.body.deadLetters[0]).toEqual({
      id: 'c',
      diedAt: at(2),
      reason: 'payment.currency_conflict',
      source: 'dead-letters',
      receives: 3,
      seller: 'shop',
      gateway: 'yookassa',
      paymentId: 'p-c',
    });
    const path = `/v1/dead-letters?limit=2&cursor=${first.body.nextCursor}`;
    const second = await call(world, 'GET', path);
    const ids = [...first.body.deadLetters, ...second.body.deadLetters].map(
      ({ id }: { id: string }) => id,
    );
    expect(ids).toEqual(['c', 'b', 'a']);
  });

  it('are replayed with who did it and when, and leave the list', async () => {
    const world = createWorld();
    world.state.now = at(60);
    world.state.deadLetters = [letter('a', 0)];
    const { status, body } = await call(world, 'POST', '/v1/dead-letters/a/replay');
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: 'a', replayedAt: at(60), replayedBy: 'operator-1' });
    const list = await call(world, 'GET', '/v1/dead-letters');
    expect(list.body.deadLetters).toEqual([]);
  });

  it('answer 404 when unknown, 409 when unreadable and 400 when the id is none', async () => {
    const world = createWorld();
    world.state.deadLetters = [letter('a', 0)];
    world.state.unreadableLetters.add('a');
    expect((await call(world, 'POST', '/v1/dead-letters/b/replay')).status).toBe(404);
    expect((await call(world, 'POST', '/v1/dead-letters/a/replay')).status).toBe(409);
    expect((await call(world, 'POST', '/v1/dead-letters/a%23b/replay')).status).toBe(400);
  });
});

describe('refused deliveries', () => {
  it('of today are listed newest first with their fields and reason', async () => {
    const world = createWorld();
    world.state.refusals = [
      refusal('1'),
      refusal('2', { kind: 'pay' }),
      refusal('0', { at: at(-86_400) }),
    ];
    const { status, body } = await call(world, 'GET', '/v1/rejected-deliveries');
    expect(status).toBe(200);
    expect(body.deliveries).toEqual([
      expect.objectContaining({ id: '2', kind: 'pay', reason: 'signature_mismatch' }),
      {
        id: '1',
        gateway: 'yookassa',
        seller: 'shop',
        at: at(1),
        reason: 'signature_mismatch',
        detail: 'header signature',
        method: 'POST',
        sourceIp: '203.0.113.7',
        bodyBytes: 12,
        sha256: 'b'.repeat(64),
      },
    ]);
  });

  it('can be asked for by day and gateway', async () => {
    const world = createWorld();
    world.state.refusals = [
      refusal('1', { at: at(-86_400) }),
      refusal('2', { at: at(-86_400), gateway: 'tbank' }),
      refusal('3', { gateway: 'tbank' }),
    ];
    const path = '/v1/rejected-deliveries?day=2026-09-14&gateway=tbank';
    const { body } = await call(world, 'GET', path);
    expect(body.deliveries.map(({ id }: { id: string }) => id)).toEqual(['2']);
  });

  it('show the request itself only on demand and only to those who may write', async () => {
    const world = createWorld();
    world.state.refusals = [refusal('1')];
    const path = '/v1/rejected-deliveries?raw=true';
    const shown = await call(world, 'GET', path);
    expect(shown.body.deliveries[0].raw).toEqual({
      query: '',
      headers: { host: 'x' },
      bodyBase64: 'e30=',
    });
    const denied = await call(world, 'GET', path, { scopes: ['operators/read'] });
    expect(denied.status).toBe(403);
    const figures = await call(world, 'GET', '/v1/rejected-deliveries', {
      scopes: ['operators/read'],
    });
    expect(figures.body.deliveries[0]).not.toHaveProperty('raw');
  });
});
