import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAKE_PERSON } from '#local/acquirers/dialect.ts';
import { GATEWAYS } from '#local/acquirers/payment.ts';
import type { ScenarioName } from '#local/acquirers/scenario.ts';
import { startTestWorld } from '#test/support/local-world.ts';
import { clientOptions, tableNamed, type World } from '../../scripts/lib/world.ts';
import { PERSON } from './fuzz/hostile.ts';
import { hasLuhnDigit, type Leak, scan, secretsIn, type Written } from './log-scan/scan.ts';

const SCENARIOS: readonly ScenarioName[] = [
  ...(['plain', 'duplicates', 'declined', 'two_stage', 'partial_refund'] as const),
  ...(['refund_before_payment', 'dispute_lost'] as const),
];
const AMOUNT = 490_000n;

let dataDir: string;
let world: World;
const said: string[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'priliv-scan-'));
  world = await startTestWorld({ dataDir, say: (text) => said.push(text) });
});

afterAll(async () => {
  await world?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Everything that anybody can read later: logs, what the cloud says, and all that it has stored. */
function everythingWritten(): Written[] {
  const logs = Object.keys(world.cloud.functions()).flatMap((name) =>
    world.cloud.logs(name).map(({ text }) => ({ where: `log of ${name}`, text })),
  );
  const words = [...said, ...world.cloud.problems()].map((text) => ({ where: 'the cloud', text }));
  return [...logs, ...words, ...stored()];
}

/**
 * The journal of the data folder has every queue message, item, event and object that ever was.
 *
 * Left out are the stores whose purpose is the secret: the secret values and the keys themselves.
 */
function stored(): Written[] {
  const lines = readFileSync(join(dataDir, 'journal.jsonl'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const service = /^{"s":"([^"]+)"/.exec(line)?.[1] ?? '';
    if (['', 'secretsmanager', 'kms'].includes(service)) return [];
    // Tokens of operators are signed with a key that the runtime keeps.
    if (service === 'runtime' && line.includes('PRIVATE KEY')) return [];
    return [{ where: `stored by ${service}`, text: readable(line) }];
  });
}

/** Binary values are base64 in the journal: what somebody put there in clear must be seen. */
function readable(line: string): string {
  const hidden = line.match(/[A-Za-z0-9+/]{24,}={0,2}/g) ?? [];
  const decoded = hidden.map((text) => Buffer.from(text, 'base64').toString('latin1'));
  return [line, ...decoded.filter((text) => /^[\t\r\n\x20-\x7e]+$/.test(text))].join('\n');
}

async function forbidden(): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const gateway of GATEWAYS) {
    for (const secret of secretsIn(world.acquirers.credentials(gateway)))
      all.set(secret, `a secret of ${gateway}`);
  }
  const { email, phone, name, cardMask } = FAKE_PERSON;
  for (const value of [email, phone, name, cardMask, ...Object.values(PERSON)])
    all.set(value, 'personal data');
  all.set(await world.token(), 'the token of an operator');
  return all;
}

/** Ids that gateways give: some have the length of a card number, and one in ten has its check digit. */
function knownNumbers(): Set<string> {
  const known = new Set<string>();
  for (const { gateway, paymentId } of world.acquirers.deliveries()) {
    const payment = world.acquirers.payment(gateway, paymentId);
    for (const digits of JSON.stringify(payment, textOfBigInt).match(/\d{13,19}/g) ?? [])
      known.add(digits);
  }
  return known;
}

const textOfBigInt = (_: string, value: unknown) =>
  typeof value === 'bigint' ? String(value) : value;

async function leaks(): Promise<Leak[]> {
  const options = { forbidden: await forbidden(), knownNumbers: knownNumbers() };
  return scan(everythingWritten(), options);
}

async function pay(gateway: (typeof GATEWAYS)[number], scenario: ScenarioName): Promise<void> {
  const invoiceId = `scan_${gateway}_${scenario}`.slice(0, 30);
  const payerId = 'payer_scan000001';
  await world.operator.post('/v1/invoices', {
    seller: 'school',
    id: invoiceId,
    payerId,
    currency: 'RUB',
    lines: [{ title: 'Course', amount: String(AMOUNT), vat: '22' }],
  });
  await world.acquirers.pay({
    gateway,
    scenario,
    invoiceId,
    payerId,
    amountMinor: AMOUNT,
    currency: 'RUB',
  });
}

/** Requests with people in every place that a request has, none of them signed. */
async function knockWithPeople(gateway: string): Promise<void> {
  const person = JSON.stringify({ ...PERSON, Token: 'x', sign: 'x' });
  const form = new URLSearchParams(PERSON).toString();
  for (const [path, body, type] of [
    ['', person, 'application/json'],
    [`?${form}`, form, 'application/x-www-form-urlencoded'],
    [`/${encodeURIComponent(PERSON.email)}`, person, 'text/plain'],
    ['', `${person}${PERSON.email}`, 'application/json'],
  ] as const) {
    await fetch(`${world.webhooksUrl}/webhooks/school/${gateway}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, 'user-agent': PERSON.email, sign: PERSON.pan },
      body,
    });
  }
}

/** An operator who pastes what does not belong there. */
async function askWithPeople(): Promise<void> {
  const { email, name, phone, pan } = PERSON;
  await world.operator.post('/v1/invoices', { seller: email, payerId: phone, lines: [name], pan });
  for (const path of ['invoices/school/', 'payers/school/', 'payments/school/tbank/'])
    await world.operator.get(`/v1/${path}${encodeURIComponent(email)}?seller=${pan}`);
  await world.operator.post(`/v1/dead-letters/${encodeURIComponent(name)}/replay`, { email });
}

describe('after an evening with every gateway', () => {
  it('no log, queue, table, event or object shows a person, a card or a secret', {
    timeout: 180_000,
  }, async () => {
    for (const gateway of GATEWAYS) {
      const possible = world.acquirers.scenariosOf(gateway);
      for (const scenario of SCENARIOS.filter((name) => possible.includes(name)))
        await pay(gateway, scenario);
      await knockWithPeople(gateway);
    }
    await askWithPeople();
    await world.acquirers.drained();
    const written = everythingWritten();
    const places = new Set(written.map(({ where }) => where));
    expect(places).toEqual(
      new Set([...places, 'stored by sqs', 'stored by dynamodb', 'stored by events']),
    );
    expect([...places].filter((where) => where.startsWith('log of')).length).toBeGreaterThan(5);
    expect(written.length).toBeGreaterThan(500);
    const found = await leaks();
    expect([...new Set(found.map(({ where, what }) => `${what} in ${where}`))]).toEqual([]);
  });

  it('a leak into a table, a queue or an object would be found', { timeout: 60_000 }, async () => {
    const options = clientOptions(world.cloud.endpoint);
    const dynamodb = new DynamoDBClient(options);
    const sqs = new SQSClient(options);
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    await dynamodb.send(
      new PutItemCommand({
        TableName: tableNamed(world.cloud, 'deliveries'),
        Item: { pk: { S: 'LEAK' }, sk: { S: 'LEAK' }, buyer: { S: PERSON.email } },
      }),
    );
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const MessageBody = JSON.stringify({ card: PERSON.pan.replace(/(\d{4})(?=\d)/g, '$1 ') });
    await sqs.send(new SendMessageCommand({ QueueUrl: QueueUrls[0], MessageBody }));
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    await s3.send(
      new PutObjectCommand({
        Bucket: Buckets.find(({ Name }) => Name?.includes('archive'))?.Name ?? Buckets[0]?.Name,
        Key: 'leak',
        Body: `call ${PERSON.phone}, please`,
      }),
    );
    const found = (await leaks()).map(({ where, what }) => `${what} in ${where}`);
    expect(found).toEqual(
      expect.arrayContaining([
        'an e-mail address in stored by dynamodb',
        'a card number in stored by sqs',
        'a phone number in stored by s3',
      ]),
    );
  });
});

describe('the scan', () => {
  const options = {
    forbidden: new Map([['whsec_known', 'a secret of stripe']]),
    knownNumbers: new Set(['5555555555554444']),
  };
  const kinds = (text: string) => scan([{ where: 'x', text }], options).map(({ what }) => what);

  it.each([
    ['{"email":"иван@пример.рф"}', 'an e-mail address'],
    ['call +7 (903) 123-45-67', 'a phone number'],
    ['paid with 411111******1111', 'a card mask'],
    ['"pan":"4111111111111111"', 'a card number'],
    ['4111 1111 1111 1111', 'a card number'],
    ['2200-0000-0000-0004', 'a card number'],
    ['key=whsec_known', 'a secret of stripe'],
  ])('finds in %s %s', (text, what) => {
    expect(kinds(text)).toContain(what);
  });

  it.each([
    'ord_72 paid 490000',
    '2026-11-22T12:00:00.000Z',
    '4111111111111112',
    '5555555555554444',
    '1795348800000',
    'payer_0a1b2c3d4e@',
  ])('does not suspect %s', (text) => {
    expect(kinds(text)).toEqual([]);
  });

  it('knows the check digit', () => {
    expect(['4111111111111111', '4111111111111112'].map(hasLuhnDigit)).toEqual([true, false]);
  });

  it('takes secrets out of an account, and nothing else', () => {
    const account = {
      shopId: '100500100',
      secrets: ['one-secret'],
      nested: { apiKey: 'a-key-here' },
    };
    expect(secretsIn(account)).toEqual(['one-secret', 'a-key-here']);
  });
});
