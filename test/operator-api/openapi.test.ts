import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '#shared/operator-api/contracts/operations.ts';
import description from '../../docs/openapi.json' with { type: 'json' };
import { descriptionText } from '../../scripts/openapi.ts';
import { anInvoice } from './builders.ts';
import { call } from './call.ts';
import { createWorld } from './world.ts';

describe('the description of the API', () => {
  it('is committed as it would be generated now', () => {
    const committed = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(descriptionText());
  });

  it('is handed out by the API itself', async () => {
    const { status, body } = await call(createWorld(), 'GET', '/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(description);
  });

  it('describes every operation, with the scope it needs', () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, security }]) => ({
        method,
        path,
        id: operationId,
        scope: security[0]?.operators[0],
      })),
    );
    const known = OPERATIONS.map(({ method, path, id, scope }) => ({ method, path, id, scope }));
    expect(described).toHaveLength(known.length);
    expect(described).toEqual(expect.arrayContaining(known));
  });

  it('describes only addresses that the API serves', async () => {
    for (const { method, path } of OPERATIONS) {
      const address = path.replaceAll(/\{\w+\}/g, 'x');
      const called = await call(createWorld(), method === 'get' ? 'GET' : 'POST', address, {
        requestContext: undefined,
      });
      expect(called.status).toBe(401);
    }
  });

  it('has no reference that leads nowhere', () => {
    const text = JSON.stringify(description);
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(description.components.schemas).toHaveProperty(name!);
  });

  it('refuses unknown fields in requests and lets answers grow', () => {
    const { NewInvoice, Invoice } = description.components.schemas;
    expect(NewInvoice.additionalProperties).toBe(false);
    expect(Invoice).not.toHaveProperty('additionalProperties');
  });

  it('notices an answer that it does not describe', async () => {
    const world = createWorld();
    world.put({ ...anInvoice(), payerId: 5 as unknown as string });
    await expect(call(world, 'GET', '/v1/invoices/shop/INV_1001')).rejects.toThrow();
    world.put({ ...anInvoice(), currency: 'roubles' as 'RUB' });
    await expect(call(world, 'GET', '/v1/invoices/shop/INV_1001')).rejects.toThrow();
  });
});
