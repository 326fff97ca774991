import { describe, expect, it } from 'vitest';
import { readAction } from '#local/console/actions.ts';
import { refusalOf } from '#local/console/request-guard.ts';

const json = { 'content-type': 'application/json' };

describe('who may ask the page’s server', () => {
  it.each(['localhost:4620', '127.0.0.1:4620', '[::1]:4620', 'localhost'])('answers %s', (host) => {
    expect(refusalOf('GET', { host })).toBeUndefined();
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:4620',
    '192.168.0.7:4620',
    '',
  ])('refuses the name %j, which may be a stranger’s that resolves to loopback', (host) => {
    expect(refusalOf('GET', { host })).toMatch(/loopback/);
    expect(refusalOf('POST', { host, ...json })).toMatch(/loopback/);
  });

  const host = '127.0.0.1:4620';
  it('takes an action from its own page and from a tool without an origin', () => {
    expect(refusalOf('POST', { host, origin: `http://${host}`, ...json })).toBeUndefined();
    expect(refusalOf('POST', { host, ...json })).toBeUndefined();
  });

  it.each(['http://evil.example', 'http://127.0.0.1:9999', 'https://127.0.0.1:4620', 'null'])(
    'refuses an action from the page %s',
    (origin) => {
      expect(refusalOf('POST', { host, origin, ...json })).toMatch(/origin/);
    },
  );

  it('refuses what the browser marks as another site’s', () => {
    expect(refusalOf('POST', { host, ...json, 'sec-fetch-site': 'cross-site' })).toMatch(/site/);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', undefined])(
    'refuses a body of type %s, which any form can send',
    (type) => {
      const headers = { host, ...(type !== undefined && { 'content-type': type }) };
      expect(refusalOf('POST', headers)).toMatch(/JSON/);
    },
  );
});

describe('reading an action', () => {
  const read = (name: string, body: unknown) => readAction(name, body, () => 0.99);

  it('knows the peaks, the stages and the gateways', () => {
    expect(read('peak', { factor: 20 })).toEqual({ does: 'peak', factor: 20 });
    expect(read('slow', { stage: 'settle' })).toEqual({ does: 'slow', stage: 'settle' });
    expect(read('unslow', { stage: 'queue' })).toEqual({ does: 'unslow', stage: 'queue' });
    expect(read('outage', { gateway: 'sber', isOut: true })).toEqual({
      does: 'outage',
      gateway: 'sber',
      isOut: true,
    });
    expect(read('pay', { gateway: 'stripe' })).toEqual({ does: 'pay', gateway: 'stripe' });
    expect(read('pay', {})).toEqual({ does: 'pay', gateway: 'prodamus' });
  });

  it.each<[string, unknown]>([
    ['peak', { factor: 1000 }],
    ['peak', { factor: '5' }],
    ['slow', { stage: 'constructor' }],
    ['slow', {}],
    ['outage', { gateway: 'sber' }],
    ['outage', { gateway: 'unknown', isOut: true }],
    ['pay', { gateway: 7 }],
    ['pay', undefined],
    ['stop', {}],
  ])('refuses %s with %j', (name, body) => {
    expect(read(name, body)).toBeUndefined();
  });
});
