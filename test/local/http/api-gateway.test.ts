import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '#local/cloud.ts';
import {
  ref,
  type TestResource,
  testApi,
  testFunction,
  testRoute,
  writeAssembly,
} from '../cloud/assembly-fixture.ts';

let cloud: Cloud;

const issuer = {
  'Fn::Join': ['', ['https://cognito-idp.eu-central-1.amazonaws.com/', ref('Users')]],
};

beforeAll(async () => {
  const Resources = {
    ...testApi('Web', 'POST /echo/{name}', 'Echo', {
      RouteSettings: { 'GET /rare': { ThrottlingRateLimit: 0, ThrottlingBurstLimit: 2 } },
    }),
    ...testRoute('Web', 'Rare', 'GET /rare', 'Echo'),
    ...testRoute('Web', 'Boom', 'GET /boom', 'Echo'),
    ...testRoute('Web', 'Slow', 'GET /slow', 'Echo'),
    ...testRoute('Web', 'Forbidden', 'GET /forbidden', 'Echo'),
    ...testRoute('Web', 'Secret', 'GET /secret', 'Echo', {
      AuthorizationType: 'JWT',
      AuthorizerId: ref('Jwt'),
      AuthorizationScopes: ['billing/read'],
    }),
    Jwt: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: ref('Web'),
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: issuer, Audience: [ref('Console')] },
      },
    },
    Users: { Type: 'AWS::Cognito::UserPool' },
    Others: { Type: 'AWS::Cognito::UserPool' },
    Console: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: ref('Users') } },
    Robot: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: ref('Users') } },
    Stranger: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: ref('Others') } },
    ...testFunction('Echo', 'echo'),
  };
  delete (Resources as Record<string, unknown>)['ForbiddenPermission'];
  const slow: TestResource | undefined = (Resources as Record<string, TestResource>)[
    'SlowIntegration'
  ];
  Object.assign(slow?.Properties ?? {}, { TimeoutInMillis: 100 });
  cloud = await startCloud({
    assembly: writeAssembly({ App: { Resources } }),
    apiPorts: { Web: 0 },
  });
});

afterAll(() => cloud.stop());

function call(path: string, options: RequestInit = {}) {
  return fetch(`${cloud.apiUrls['Web']}${path}`, options);
}

const get = (path: string, token?: string) =>
  call(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

describe('an HTTP API', () => {
  it('hands the request to the function and its answer back', async () => {
    const response = await call('/echo/a%20b?x=1', { method: 'POST', body: 'hello' });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-echo')).toBe('yes');
    expect(await response.json()).toMatchObject({
      routeKey: 'POST /echo/{name}',
      pathParameters: { name: 'a b' },
      queryStringParameters: { x: '1' },
      body: 'hello',
      requestContext: { http: { sourceIp: '127.0.0.1' } },
    });
  });

  it('believes a sender on this machine which address it stands for, and hides the header', async () => {
    const headers = { 'x-priliv-source-ip': '185.71.76.1' };
    const event = await (await call('/echo/x', { method: 'POST', headers })).json();
    expect(event).toMatchObject({
      requestContext: { http: { sourceIp: '185.71.76.1' } },
      headers: { 'x-forwarded-for': '185.71.76.1' },
    });
    expect(event).not.toHaveProperty('headers.x-priliv-source-ip');
  });

  it('is reachable under the shared port as well', async () => {
    const response = await fetch(`${cloud.endpoint}/_api/Web/echo/x`, { method: 'POST' });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ rawPath: '/echo/x' });
  });

  it('answers unknown paths and methods by itself', async () => {
    expect((await call('/nowhere')).status).toBe(404);
    expect((await call('/echo/x')).status).toBe(404);
    expect(await (await call('/nowhere')).json()).toEqual({ message: 'Not Found' });
  });

  it('refuses bodies over 10 MB', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect((await call('/echo/x', { method: 'POST', body })).status).toBe(413);
  });

  it('throttles a route by its own settings', async () => {
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await get('/rare')).status);
    expect(statuses).toEqual([201, 201, 429]);
  });

  it('answers 500 for a function that fails, and 503 for one that is too slow', async () => {
    expect((await get('/boom')).status).toBe(500);
    expect((await get('/slow')).status).toBe(503);
  });

  it('answers 500 when it has no permission to invoke, and tells the operator', async () => {
    expect((await get('/forbidden')).status).toBe(500);
    expect(cloud.problems().join()).toContain('API Web has no permission to invoke');
  });
});

describe('a JWT authoriser', () => {
  const scopes = ['billing/read'];

  it('lets a token of its pool, client and scope through and shows its claims', async () => {
    const token = await cloud.mintToken('Users', { scopes, sub: 'u-1', client: 'Console' });
    const response = await get('/secret', token);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      requestContext: { authorizer: { jwt: { claims: { sub: 'u-1' }, scopes } } },
    });
  });

  it('answers 401 without a token, and with one that is not its own', async () => {
    const good = await cloud.mintToken('Users', { scopes, client: 'Console' });
    const [head, claims, signature] = good.split('.');
    const forged = Buffer.from(
      JSON.stringify({
        ...JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()),
        sub: 'boss',
      }),
    ).toString('base64url');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    const refused = [
      undefined,
      'nonsense',
      [head, forged, signature].join('.'),
      [unsigned, claims, ''].join('.'),
      await cloud.mintToken('Others', { scopes }),
      await cloud.mintToken('Users', { scopes, client: 'Robot' }),
      await cloud.mintToken('Users', { scopes, client: 'Console', expiresInSeconds: -10 }),
    ];
    for (const token of refused) expect((await get('/secret', token)).status).toBe(401);
    expect((await get('/secret', good)).status).toBe(201);
  });

  it('answers 403 to a token without the scope', async () => {
    const token = await cloud.mintToken('Users', { scopes: ['billing/write'], client: 'Console' });
    expect((await get('/secret', token)).status).toBe(403);
  });
});
