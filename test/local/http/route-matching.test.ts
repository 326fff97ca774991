import { describe, expect, it } from 'vitest';
import { matchRoute, parseRouteKey } from '#local/http/route-matching.ts';

const KEYS = [
  'ANY /{proxy+}',
  'ANY /webhooks/{seller}/{gateway}',
  'POST /webhooks/{seller}/stripe',
  'POST /webhooks/{seller}/{gateway}',
  'GET /',
  'ANY /ops/{proxy+}',
  '$default',
];
const routes = KEYS.map((key) => ({ key, ...parseRouteKey(key) }));

function match(method: string, path: string, from = routes) {
  const found = matchRoute(from, method, path);
  return found && { key: found.route.key, parameters: found.parameters };
}

describe('routes', () => {
  it('prefer literal over variable over greedy', () => {
    expect(match('POST', '/webhooks/acme/stripe')?.key).toBe('POST /webhooks/{seller}/stripe');
    expect(match('POST', '/webhooks/acme/sber')?.key).toBe('POST /webhooks/{seller}/{gateway}');
    expect(match('POST', '/webhooks/acme')?.key).toBe('ANY /{proxy+}');
  });

  it('prefer the method over ANY', () => {
    expect(match('GET', '/webhooks/acme/sber')?.key).toBe('ANY /webhooks/{seller}/{gateway}');
  });

  it('hand over decoded parameters', () => {
    expect(match('POST', '/webhooks/caf%C3%A9/sber')?.parameters).toEqual({
      seller: 'café',
      gateway: 'sber',
    });
    expect(match('GET', '/ops/invoices/a%2Fb')).toEqual({
      key: 'ANY /ops/{proxy+}',
      parameters: { proxy: 'invoices/a/b' },
    });
  });

  it('fall back to $default, and to nothing without it', () => {
    expect(match('PUT', '/')?.key).toBe('$default');
    const without = routes.filter(({ isDefault }) => !isDefault);
    expect(match('PUT', '/', without)).toBeUndefined();
    expect(match('GET', '/', without)?.key).toBe('GET /');
  });

  it('do not match an empty segment', () => {
    const only = routes.filter(({ key }) => key === 'POST /webhooks/{seller}/{gateway}');
    expect(match('POST', '/webhooks//sber', only)).toBeUndefined();
    expect(match('POST', '/webhooks/acme/sber/more', only)).toBeUndefined();
  });
});
