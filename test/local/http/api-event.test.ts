import { describe, expect, it } from 'vitest';
import { functionAnswer } from '#local/http/api-answer.ts';
import { buildApiEvent } from '#local/http/api-event.ts';
import type { HttpRequest } from '#local/http/http-message.ts';

const api = {
  id: 'abc',
  name: 'webhooks',
  logicalId: 'Webhooks',
  region: 'eu-central-1',
  accountId: '000000000000',
  stage: '$default',
  routes: [],
  crossOrigin: undefined,
};

function eventOf(request: Partial<HttpRequest>) {
  const whole = {
    method: 'POST',
    path: '/a',
    query: '',
    headers: {},
    body: Buffer.alloc(0),
    peerAddress: '',
  };
  return buildApiEvent(
    { ...whole, ...request },
    {
      api,
      routeKey: 'POST /{x}',
      parameters: { x: 'a' },
      authorizer: undefined,
      sourceIp: '5.6.7.8',
      requestId: 'r-1',
      nowMs: Date.UTC(2026, 10, 2, 3, 4, 5),
    },
  );
}

const typed = (type: string, body: string | Buffer) =>
  eventOf({ headers: { 'content-type': type }, body: Buffer.from(body) });

describe('the event of payload format 2.0', () => {
  it('holds the request as it came', () => {
    const event = eventOf({ query: 'a=1&b=%20&a=2', headers: { host: 'h', cookie: 'x=1; y=2' } });
    expect(event).toMatchObject({
      version: '2.0',
      rawPath: '/a',
      rawQueryString: 'a=1&b=%20&a=2',
      queryStringParameters: { a: '1,2', b: ' ' },
      cookies: ['x=1', 'y=2'],
      pathParameters: { x: 'a' },
      requestContext: {
        http: { method: 'POST', sourceIp: '5.6.7.8' },
        time: '02/Nov/2026:03:04:05 +0000',
        stage: '$default',
        routeKey: 'POST /{x}',
      },
    });
    expect(event).not.toHaveProperty('headers.cookie');
    expect(event).not.toHaveProperty('body');
  });

  it('keeps text bodies as text', () => {
    expect(typed('application/json; charset=utf-8', '{"a":"ж"}')).toMatchObject({
      body: '{"a":"ж"}',
      isBase64Encoded: false,
    });
  });

  it('encodes bodies of other types, and text that is not UTF-8', () => {
    expect(typed('application/x-www-form-urlencoded', 'a=1')).toMatchObject({
      body: 'YT0x',
      isBase64Encoded: true,
    });
    const windows1251 = Buffer.from([0xe6]);
    expect(typed('text/plain', windows1251)).toMatchObject({ body: '5g==', isBase64Encoded: true });
  });

  it('appends the sender to the addresses of the proxies before', () => {
    const event = eventOf({ headers: { 'x-forwarded-for': '1.1.1.1' } });
    expect(event).toMatchObject({ headers: { 'x-forwarded-for': '1.1.1.1, 5.6.7.8' } });
  });
});

describe('the answer of a function', () => {
  it('is taken whole when it has a status code', () => {
    const headers = { 'Content-Type': 'text/html', 'Content-Length': 99 };
    const answer = functionAnswer(
      JSON.stringify({ statusCode: 201, headers, cookies: ['a=1', 'b=2'], body: 'x' }),
    );
    expect(answer).toEqual({
      status: 201,
      headers: { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] },
      body: 'x',
    });
  });

  it('is decoded when it is base64', () => {
    const answer = functionAnswer('{"statusCode":200,"body":"/w==","isBase64Encoded":true}');
    expect(answer.body).toEqual(Buffer.from([0xff]));
  });

  it('becomes the body when it has none', () => {
    expect(functionAnswer('{"ok":true}')).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(functionAnswer('"OK"')).toMatchObject({ status: 200, body: 'OK' });
  });

  it('is an internal error when it is malformed', () => {
    expect(functionAnswer('{"statusCode":"abc"}').status).toBe(500);
    expect(functionAnswer('{"statusCode":200,"body":{"a":1}}').status).toBe(500);
  });
});
