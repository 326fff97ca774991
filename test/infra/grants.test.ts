import { describe, expect, it } from 'vitest';
import { accessKey } from '#shared/access/adapters/access-store.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { parseInstant } from '#shared/kernel/time.ts';
import {
  blockKey,
  postingKey,
  recordKey,
  SEAL_HEAD_KEY,
  toldKey,
  WATCH_KEY,
} from '#shared/ledger/adapters/journal-keys.ts';
import {
  invoiceItemKey,
  invoiceLinesKey,
  payerItemKey,
  paymentItemKey,
  waitingKey,
} from '#shared/ledger/adapters/keys.ts';
import type { Key } from '#shared/platform/table.ts';
import { SYNTHETIC_SELLER } from '#shared/synthetic/pay-synthetic-invoice.ts';
import {
  archivedKey,
  deadLetterKey,
  refusedKey,
  replayedLetterKey,
} from '#shared/webhooks/adapters/keys.ts';
import { at, find, ofType, type Properties, synthesize } from './stage.ts';

const { kept, running } = synthesize();

type Statement = {
  Effect: string;
  actions: string[];
  resources: string[];
  keys: string[] | undefined;
  condition: Properties | undefined;
};

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function statementsOf(policy: unknown): Statement[] {
  return list(at(policy, 'Statement')).map((value) => {
    const statement = value as Properties;
    const condition = statement['Condition'] as Properties | undefined;
    return {
      Effect: String(statement['Effect']),
      actions: list(statement['Action']).map(String),
      resources: list(statement['Resource']).map((resource) => JSON.stringify(resource)),
      keys: at(condition, 'ForAllValues:StringLike', 'dynamodb:LeadingKeys') as
        | string[]
        | undefined,
      condition,
    };
  });
}

const policies = ofType(running, 'AWS::IAM::Policy').map(
  ([id, { Properties }]) => [id, statementsOf(Properties['PolicyDocument'])] as const,
);

function statementsFor(prefix: string): Statement[] {
  const { Properties } = find(running, 'AWS::IAM::Policy', prefix);
  return statementsOf(Properties['PolicyDocument']);
}

/** `action resource[keys]`, with the name of the resource in place of its export. */
function grantsFor(prefix: string): string[] {
  const everywhere = /^(logs|xray):/;
  return statementsFor(prefix)
    .flatMap(({ actions, resources, keys, condition }) =>
      actions.flatMap((action) =>
        resources.map((resource) => {
          const service = at(condition, 'StringEquals', 'kms:ViaService');
          const via = service ? ` via ${String(service).split('.')[0]}` : '';
          return `${action} ${nameOf(resource)}${keys ? ` ${keys.join(' ')}` : ''}${via}`;
        }),
      ),
    )
    .filter((grant) => !everywhere.test(grant))
    .toSorted();
}

function nameOf(resource: string): string {
  const known = ['Ledger', 'Journal', 'Deliveries', 'Access', 'Archive', 'Roots'].find(
    (name) => resource.includes(`Tables${name}`) || resource.includes(`Buckets${name}`),
  );
  const suffix = /(?<=")\/(?:index\/)?[\w/*]+(?=")/.exec(resource)?.[0] ?? '';
  const stream = resource.includes('StreamArn') ? '/stream' : '';
  if (known) return `${known.toLowerCase()}${suffix}${stream}`;
  const other =
    /ArchiveKey|DataKey|Secrets[a-z]+|Inbox\w*?(?=[0-9A-F]{8})|Skipped|ExportsOutputFnGetAttBus/.exec(
      resource,
    );
  return other?.[0] ?? resource;
}

describe('every role', () => {
  it.each(policies)('%s names its actions one by one', (_, statements) => {
    for (const { actions } of statements) {
      for (const action of actions) expect(action).not.toContain('*');
    }
  });

  it.each(policies)('%s names its resources, save for X-Ray which has none', (_, statements) => {
    for (const { actions, resources } of statements) {
      if (!resources.includes('"*"')) continue;
      expect(actions).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
    }
  });

  it('is made here: none has a managed policy of AWS', () => {
    for (const [, { Properties }] of ofType(running, 'AWS::IAM::Role')) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
    }
  });

  it('uses the data key only through the service that stores the data', () => {
    const onDataKey = policies
      .flatMap(([, statements]) => statements)
      .filter(({ resources }) => resources.some((resource) => resource.includes('DataKey')));
    expect(onDataKey.length).toBeGreaterThan(0);
    for (const { condition } of onDataKey) {
      expect(at(condition, 'StringEquals', 'kms:ViaService')).toMatch(
        /^(dynamodb|sqs|s3|secretsmanager)\.eu-central-1\.amazonaws\.com$/,
      );
    }
  });
});

describe('who may do what', () => {
  it('a webhook function may seal, queue, and keep what it refused', () => {
    expect(grantsFor('WebhooksReceiveWebhookyookassa')).toEqual([
      'dynamodb:PutItem deliveries REFUSED#*',
      'kms:Decrypt DataKey via dynamodb',
      'kms:Decrypt DataKey via secretsmanager',
      'kms:Decrypt DataKey via sqs',
      'kms:Encrypt DataKey via dynamodb',
      'kms:GenerateDataKey ArchiveKey',
      'kms:GenerateDataKey DataKey via dynamodb',
      'kms:GenerateDataKey DataKey via sqs',
      'secretsmanager:GetSecretValue Secretsyookassa',
      'sqs:SendMessage InboxQueue',
    ]);
  });

  it('only the gateway that asks before it takes money may read invoices', () => {
    const readers = gateways.filter(({ name }) =>
      grantsFor(`WebhooksReceiveWebhook${name}`).some((grant) => grant.includes(' ledger')),
    );
    expect(readers.map(({ name }) => name)).toEqual(['cloudpayments']);
    const [grant] = grantsFor('WebhooksReceiveWebhookcloudpayments');
    expect(grant).toBe('dynamodb:GetItem ledger INVOICE#*');
  });

  it('settlement may write payments, but neither their journal nor what it archived', () => {
    const grants = grantsFor('PaymentsSettlePayments').filter((grant) => !grant.startsWith('kms:'));
    expect(grants).toEqual([
      'dynamodb:BatchGetItem ledger PAYMENT#* INVOICE#* PAYER#*',
      'dynamodb:ConditionCheckItem ledger INVOICE#*',
      'dynamodb:DeleteItem ledger INVOICE#*',
      'dynamodb:PutItem deliveries ARCHIVE#*',
      'dynamodb:PutItem ledger PAYMENT#* INVOICE#*',
      'dynamodb:UpdateItem ledger PAYER#*',
      's3:PutObject archive/raw/*',
      ...gateways
        .filter(({ api }) => api.readPayment)
        .map(({ name }) => `secretsmanager:GetSecretValue Secrets${name}`)
        .toSorted(),
      'sqs:ChangeMessageVisibility InboxQueue',
      'sqs:DeleteMessage InboxQueue',
      'sqs:GetQueueAttributes InboxQueue',
      'sqs:ReceiveMessage InboxQueue',
      'sqs:SendMessage InboxDeadLetters',
    ]);
  });

  it('the journal is written by the seal and the watch alone; publishing only notes what it told', () => {
    const writes = /^dynamodb:(PutItem|UpdateItem|DeleteItem) journal/;
    const writers = policies.flatMap(([id]) =>
      grantsFor(id)
        .filter((grant) => writes.test(grant))
        .map((grant) => [id.split('Function')[0], grant]),
    );
    expect(writers.toSorted()).toEqual([
      ['LedgerPublishEvents', 'dynamodb:UpdateItem journal TOLD#*'],
      ['LedgerSealJournal', 'dynamodb:PutItem journal'],
      ['LedgerWatchLedger', 'dynamodb:PutItem journal SEAL'],
    ]);
  });

  it('raw requests are opened for operators alone', () => {
    const openers = policies.filter(([id]) => grantsFor(id).includes('kms:Decrypt ArchiveKey'));
    expect(openers.map(([id]) => id)).toEqual([
      expect.stringMatching(/^OperatorApiHandleOperatorRequest/),
    ]);
  });

  it('the synthetic payment touches nobody else’s money', () => {
    const tables = grantsFor('SyntheticPaySyntheticInvoiceFunction').filter((grant) =>
      grant.startsWith('dynamodb:'),
    );
    expect(tables).toEqual([
      'dynamodb:GetItem ledger INVOICE#synthetic#*',
      'dynamodb:PutItem ledger INVOICE#synthetic#*',
      'dynamodb:UpdateItem ledger PAYER#synthetic#*',
    ]);
    expect(SYNTHETIC_SELLER).toBe('synthetic');
  });

  it('nothing is ever deleted, save the mark of a payment that waited and a letter that was replayed', () => {
    const deletes = policies.flatMap(([, statements]) =>
      statements.filter(({ actions }) =>
        actions.some((action) => /:Delete(?!Message)/.test(action)),
      ),
    );
    for (const { keys } of deletes) expect([['INVOICE#*'], ['DEAD']]).toContainEqual(keys);
  });
});

describe('the patterns of partition keys', () => {
  const instant = parseInstant('2026-11-22T10:00:00.000Z')!;
  const payment = { seller: 'school', gateway: 'tbank', paymentId: '1' };
  const invoice = { seller: 'school', invoiceId: 'inv_1' };
  const built: Record<string, Key[]> = {
    Ledger: [
      paymentItemKey(payment),
      invoiceItemKey(invoice),
      invoiceLinesKey(invoice),
      waitingKey(invoice, payment),
      payerItemKey({ seller: 'school', payerId: 'payer_12345678' }),
      invoiceItemKey({ seller: SYNTHETIC_SELLER, invoiceId: 'synthetic_1' }),
      payerItemKey({ seller: SYNTHETIC_SELLER, payerId: 'payer_synthetic' }),
    ],
    Journal: [
      blockKey(1),
      SEAL_HEAD_KEY,
      WATCH_KEY,
      recordKey('payment', 1),
      postingKey('receivable:x', instant, 'e'),
      toldKey('payment'),
    ],
    Deliveries: [
      refusedKey({ id: 'r', at: instant }),
      deadLetterKey('d'),
      replayedLetterKey('d'),
      archivedKey('00'),
    ],
    Access: [accessKey({ ...invoice, payerId: 'payer_12345678' })],
  };
  const limited = policies.flatMap(([id, statements]) =>
    statements.flatMap(({ keys = [], resources }) =>
      keys.map((pattern) => ({ id, pattern, resource: resources.join() })),
    ),
  );

  it.each(limited)('$pattern of $id is one that the code builds', ({ pattern, resource }) => {
    const table = Object.keys(built).find((name) => resource.includes(`Tables${name}`));
    const like = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
    expect(built[table ?? '']?.some(({ pk }) => like.test(pk))).toBe(true);
  });
});

describe('what services may do', () => {
  it('queues take messages over TLS only', () => {
    const secured = ofType(running, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) =>
      statementsOf(Properties['PolicyDocument'])
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ condition }) => at(condition, 'Bool', 'aws:SecureTransport')),
    );
    expect(secured).toHaveLength(ofType(running, 'AWS::SQS::Queue').length);
    expect(new Set(secured)).toEqual(new Set(['false']));
  });

  it('alarms can be published to the encrypted topic', () => {
    const { Properties } = find(kept, 'AWS::KMS::Key', 'DataKey');
    const statements = list(at(Properties['KeyPolicy'], 'Statement'));
    expect(statements).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
  });
});
