import { afterAll, describe, expect, it, vi } from 'vitest';
import type { AccountBase, RawRequest } from '#shared/gateways/gateway.ts';
import { wireOf } from '#test/gateways/amounts.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';
import { eventOf, type Outcome, openDoor } from './webhook-door.ts';

const ALLOWED = '91.194.226.10';
const STRANGER = '203.0.113.66';
/** Every header by which a proxy, a framework or a careless handler would move an address or a request. */
const SPOOFS = (address: string): Readonly<Record<string, string>> => ({
  'x-forwarded-for': address,
  'X-Forwarded-For': `${address}, 10.0.0.1`,
  forwarded: `for=${address};proto=https;by=${address}`,
  'x-real-ip': address,
  'x-client-ip': address,
  'x-cluster-client-ip': address,
  'x-original-forwarded-for': address,
  'x-envoy-external-address': address,
  'true-client-ip': address,
  'cf-connecting-ip': address,
  'CF-Connecting-IPv6': `::ffff:${address}`,
  'fastly-client-ip': address,
  via: `1.1 ${address}`,
  host: 'api.yookassa.ru',
  'x-forwarded-host': 'api.yookassa.ru',
  'x-forwarded-proto': 'http',
  'x-original-url': '/webhooks/other/tbank',
  'x-rewrite-url': '/webhooks/other/tbank',
  'x-http-method-override': 'GET',
  'x-method-override': 'DELETE',
  'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000',
  origin: 'https://evil.example',
  cookie: 'seller=other',
  authorization: 'Bearer x',
  __proto__x: 'x',
  constructor: 'x',
});

/** Other ways to write an address of the list, and none of them is one that API Gateway writes. */
const NOT_LISTED = [
  '',
  'unknown',
  '91.194.226.10, 203.0.113.66',
  '91.194.226.10:443',
  '::ffff:203.0.113.66',
  '091.194.226.010',
  '91.194.226',
  '1539498506',
  '0x5bc2e20a',
  '[::ffff:91.194.226.10]',
];
const CONTENT_TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'text/xml; charset=utf-16',
  'text/plain; charset=utf-7',
  'application/json; charset=utf-16le',
  'application/x-www-form-urlencoded; charset=windows-1251',
  'application/json, application/x-www-form-urlencoded',
  'APPLICATION/JSON',
  '',
  '\u0000',
  'x'.repeat(10_000),
];

afterAll(() => {
  vi.unstubAllEnvs();
});

/** What money follows: everything but the sealed copy, whose bytes differ each time. */
function meaning({ status, queued, refusal }: Outcome) {
  return { status, refusal, statements: queued.map(({ statement }) => statement) };
}

/** Refused, or the honest meaning, or a question to the gateway that moves no money by itself. */
function expectNothingGained(outcome: ReturnType<typeof meaning>, honest: typeof outcome): void {
  if (outcome.refusal !== undefined) {
    expect([outcome.statements, outcome.status >= 400]).toEqual([[], true]);
    return;
  }
  const asks = outcome.statements.every(
    ({ needsReread, totals, parts }) =>
      needsReread !== undefined && Object.keys(totals).length + parts.length === 0,
  );
  if (!asks) expect(outcome).toEqual(honest);
}

describe.each(kits)('at the door of $gateway.name', (kit) => {
  const [secret] = kit.secrets;
  const { name } = kit.gateway;
  const request = kit.captured(wireOf(kit, 490_000n), secret);
  const listed = (ranges: readonly string[]) =>
    ({ ...kit.account([secret]), allowedAddresses: ranges }) as AccountBase;
  const hasList = 'allowedAddresses' in kit.account([secret]);

  it('headers that claim another address, host, path or method change nothing', async () => {
    const send = await openDoor(name, kit.account([secret]));
    const honest = meaning(await send(eventOf(request)));
    expect(honest.statements).toHaveLength(1);
    for (const [header, value] of Object.entries(SPOOFS(ALLOWED))) {
      const headers = { [header]: value };
      expect([header, meaning(await send(eventOf(request, { headers })))]).toEqual([
        header,
        honest,
      ]);
    }
    const all = await send(eventOf(request, { headers: SPOOFS(STRANGER) }));
    expect(meaning(all)).toEqual(honest);
  });

  it.runIf(hasList)('a stranger is refused, whatever address the headers claim', async () => {
    const send = await openDoor(name, listed(['91.194.226.0/23']));
    for (const [header, value] of Object.entries(SPOOFS(ALLOWED))) {
      const outcome = await send(
        eventOf(request, { headers: { [header]: value }, sourceIp: STRANGER }),
      );
      expect([header, outcome.refusal, outcome.queued]).toEqual([
        header,
        'address_not_allowed',
        [],
      ]);
      expect(outcome.sourceIp).toBe(STRANGER);
    }
  });

  it.runIf(hasList)('the gateway is taken, whatever address the headers claim', async () => {
    const send = await openDoor(name, listed(['91.194.226.0/23']));
    const outcome = await send(eventOf(request, { headers: SPOOFS(STRANGER), sourceIp: ALLOWED }));
    expect(outcome.queued).toHaveLength(1);
  });

  it.runIf(hasList)('an address in a form that is not of the list is refused', async () => {
    const send = await openDoor(name, listed(['91.194.226.0/23']));
    for (const sourceIp of NOT_LISTED) {
      const { refusal, queued } = await send(eventOf(request, { sourceIp }));
      expect([sourceIp, refusal, queued]).toEqual([sourceIp, 'address_not_allowed', []]);
    }
  });

  it('the names of headers count in any case', async () => {
    const send = await openDoor(name, kit.account([secret]));
    const honest = meaning(await send(eventOf(request)));
    for (const change of [upper, capitalised]) {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([header, value]) => [change(header), value]),
      );
      expect(meaning(await send(eventOf({ ...request, headers })))).toEqual(honest);
    }
  });

  it('a header that comes twice, forged and genuine, is refused, means the same or asks the gateway', async () => {
    const send = await openDoor(name, kit.account([secret]));
    const honest = meaning(await send(eventOf(request)));
    for (const doubled of twice(request)) {
      expectNothingGained(meaning(await send(eventOf({ ...request, headers: doubled }))), honest);
    }
  });

  it('content sent as something else gains nothing', async () => {
    const send = await openDoor(name, kit.account([secret]));
    const honest = meaning(await send(eventOf(request)));
    for (const type of CONTENT_TYPES) {
      const headers = { 'content-type': type };
      expectNothingGained(meaning(await send(eventOf(request, { headers }))), honest);
    }
  });

  it('neither the length nor the packing that headers claim is believed', async () => {
    const send = await openDoor(name, kit.account([secret]));
    const honest = meaning(await send(eventOf(request)));
    const headers = {
      'content-length': '1',
      'content-encoding': 'gzip',
      'transfer-encoding': 'chunked',
    };
    expect(meaning(await send(eventOf(request, { headers })))).toEqual(honest);
  });
});

const upper = (name: string) => name.toUpperCase();
const capitalised = (name: string) => name.replaceAll(/(^|-)[a-z]/g, (part) => part.toUpperCase());

/** API Gateway joins equal names with a comma; names in two cases would arrive as two. */
function* twice({ headers }: RawRequest): Generator<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    const forged = value.replaceAll(/[0-9a-f]/gi, (digit) => (digit === '1' ? '2' : '1'));
    yield { ...headers, [name]: `${forged},${value}` };
    yield { ...headers, [name]: `${value},${forged}` };
    yield { ...headers, [name]: `${value}, ${value}` };
    yield { [upper(name)]: forged, ...headers };
    yield { ...headers, [upper(name)]: forged };
  }
}
