import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { updateAccessEnv } from '#functions/access/update-access/env.ts';
import { publishEventsEnv } from '#functions/ledger/publish-events/env.ts';
import { sealJournalEnv } from '#functions/ledger/seal-journal/env.ts';
import { watchLedgerEnv } from '#functions/ledger/watch-ledger/env.ts';
import { operatorApiEnv } from '#functions/operator-api/handle-request/env.ts';
import { fileDeadLettersEnv } from '#functions/payments/file-dead-letters/env.ts';
import { settlePaymentsEnv } from '#functions/payments/settle-payments/env.ts';
import { paySyntheticInvoiceEnv } from '#functions/synthetic/pay-synthetic-invoice/env.ts';
import { receiveWebhookEnv } from '#functions/webhooks/receive-webhook/env.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { at, find, idOf, ofType, type Resource, synthesize } from './stage.ts';

const { kept, running, data, billing } = synthesize();
const functions = ofType(running, 'AWS::Lambda::Function');
const queues = ofType(running, 'AWS::SQS::Queue');
const mappings = ofType(running, 'AWS::Lambda::EventSourceMapping');

/** Deleting or renaming one of these loses money or evidence. A change here is never routine. */
const KEPT = {
  'AWS::DynamoDB::GlobalTable': ['Access', 'Deliveries', 'Journal', 'Ledger'],
  'AWS::S3::Bucket': ['AccessLogs', 'Archive', 'Roots'],
  'AWS::KMS::Key': ['ArchiveKey', 'DataKey'],
  'AWS::Cognito::UserPool': ['Pool'],
  'AWS::Events::EventBus': ['Bus'],
  'AWS::SecretsManager::Secret': gateways.map(({ name }) => name),
};

describe('what is kept', () => {
  it.each(Object.entries(KEPT))('holds exactly the known %s', (type, names) => {
    const found = ofType(kept, type);
    expect(found).toHaveLength(names.length);
    for (const name of names) expect(found.some(([id]) => id.includes(name))).toBe(true);
    for (const [, { DeletionPolicy }] of found) expect(DeletionPolicy).toBe('Retain');
  });

  it('cannot be deleted by mistake', () => {
    expect(data.terminationProtection).toBe(true);
    for (const [, { Properties }] of ofType(kept, 'AWS::DynamoDB::GlobalTable')) {
      expect(Properties['Replicas']).toMatchObject([
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { KMSMasterKeyId: expect.anything() },
        },
      ]);
    }
    const [[, pool]] = ofType(kept, 'AWS::Cognito::UserPool') as [[string, Resource]];
    expect(pool.Properties['DeletionProtection']).toBe('ACTIVE');
  });

  it('keeps acknowledged payments when the running stack is deleted', () => {
    expect(find(running, 'AWS::SQS::Queue', 'PaymentsInboxQueue').DeletionPolicy).toBe('Retain');
    const dead = find(running, 'AWS::SQS::Queue', 'PaymentsInboxDeadLetters');
    expect(dead.DeletionPolicy).toBe('Retain');
    expect(dead.Properties['MessageRetentionPeriod']).toBe(14 * 24 * 3600);
  });

  it('is not in the stack that may be rolled back or rebuilt', () => {
    for (const type of Object.keys(KEPT)) expect(ofType(running, type)).toEqual([]);
    expect(billing.terminationProtection).toBe(false);
  });

  it('streams the ledger with both images, and only the ledger', () => {
    const streams = ofType(kept, 'AWS::DynamoDB::GlobalTable').flatMap(([id, { Properties }]) =>
      Properties['StreamSpecification'] ? [[id, Properties['StreamSpecification']]] : [],
    );
    expect(streams).toEqual([
      [expect.stringMatching(/^TablesLedger/), { StreamViewType: 'NEW_AND_OLD_IMAGES' }],
    ]);
  });

  it('answers its two questions by sparse or narrow indexes', () => {
    const ledger = find(kept, 'AWS::DynamoDB::GlobalTable', 'TablesLedger').Properties;
    const [inbox, invoices] = ledger['GlobalSecondaryIndexes'] as Record<string, unknown>[];
    expect(inbox).toMatchObject({
      IndexName: 'openInbox',
      KeySchema: [{ AttributeName: 'inboxSeller' }, { AttributeName: 'inboxSince' }],
      Projection: { ProjectionType: 'ALL' },
    });
    expect(invoices).toMatchObject({
      IndexName: 'invoicesBySellerAndMonth',
      KeySchema: [{ AttributeName: 'sellerMonth' }, { AttributeName: 'createdKey' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    });
  });

  it('locks the roots of the seal for ten years, against everybody', () => {
    const roots = find(kept, 'AWS::S3::Bucket', 'BucketsRoots').Properties;
    expect(at(roots, 'VersioningConfiguration', 'Status')).toBe('Enabled');
    expect(at(roots, 'ObjectLockConfiguration', 'Rule', 'DefaultRetention')).toEqual({
      Mode: 'COMPLIANCE',
      Days: 3650,
    });
  });

  it('erases raw requests after a month', () => {
    const archive = find(kept, 'AWS::S3::Bucket', 'BucketsArchive').Properties;
    expect(at(archive, 'LifecycleConfiguration', 'Rules')).toEqual([
      { ExpirationInDays: 30, Status: 'Enabled' },
    ]);
  });
});

describe('functions', () => {
  const environments: [string, z.ZodObject][] = [
    ['AccessUpdateAccess', updateAccessEnv],
    ['LedgerPublishEvents', publishEventsEnv],
    ['LedgerSealJournal', sealJournalEnv],
    ['LedgerWatchLedger', watchLedgerEnv],
    ['OperatorApiHandleOperatorRequest', operatorApiEnv],
    ['PaymentsFileDeadLetters', fileDeadLettersEnv],
    ['PaymentsSettlePayments', settlePaymentsEnv],
    ['SyntheticPaySyntheticInvoice', paySyntheticInvoiceEnv],
    ...gateways.map(({ name }): [string, z.ZodObject] => [
      `WebhooksReceiveWebhook${name}`,
      receiveWebhookEnv,
    ]),
  ];

  it.each(environments)('%s gets exactly the variables that its handler reads', (prefix, env) => {
    const { Properties } = find(running, 'AWS::Lambda::Function', prefix);
    const given = Object.keys(at(Properties, 'Environment', 'Variables') as object);
    expect(given.toSorted()).toEqual(Object.keys(env.shape).toSorted());
  });

  it('are all of these and no others: the CDK adds none behind our back', () => {
    expect(functions).toHaveLength(environments.length);
  });

  it.each(functions)('%s has its own logs with an end, and the common runtime', (_, resource) => {
    const { Properties } = resource;
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'handler.handler',
      MemorySize: 512,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
    });
    expect(Properties['Timeout']).toBeGreaterThanOrEqual(8);
    expect(Properties['Timeout']).toBeLessThanOrEqual(60);
    const logGroup = running[idOf(at(Properties, 'LoggingConfig', 'LogGroup'))];
    expect(logGroup?.Properties['RetentionInDays']).toBe(90);
  });

  it('leave the account the hundred environments that Lambda insists on', () => {
    const reserved = functions.map(([, { Properties }]) =>
      Number(Properties['ReservedConcurrentExecutions'] ?? 0),
    );
    const nineGateways = (9 - gateways.length) * 40;
    const sum = reserved.reduce((total, one) => total + one, nineGateways);
    expect(sum).toBeLessThanOrEqual(1000 - 100);
  });

  it('give settlement a limit, so that a sale cannot starve the webhooks', () => {
    const settle = find(running, 'AWS::Lambda::Function', 'PaymentsSettlePayments').Properties;
    expect(settle['ReservedConcurrentExecutions']).toBe(100);
    for (const { name } of gateways) {
      const receiver = find(running, 'AWS::Lambda::Function', `WebhooksReceiveWebhook${name}`);
      expect(receiver.Properties['ReservedConcurrentExecutions']).toBe(40);
    }
  });
});

describe('queues', () => {
  /** Where failures end: dead letters, what a stream skipped, ticks that were missed. */
  const lastStops = new Set([
    ...queues.map(([, { Properties }]) =>
      idOf(at(Properties, 'RedrivePolicy', 'deadLetterTargetArn')),
    ),
    ...mappings.map(([, { Properties }]) =>
      idOf(at(Properties, 'DestinationConfig', 'OnFailure', 'Destination')),
    ),
    ...ofType(running, 'AWS::Scheduler::Schedule').map(([, { Properties }]) =>
      idOf(at(Properties, 'Target', 'DeadLetterConfig', 'Arn')),
    ),
  ]);

  it.each(queues)('%s has dead letters, or is where failures end', (id, { Properties }) => {
    const hasDeadLetters = Properties['RedrivePolicy'] !== undefined;
    expect(hasDeadLetters).toBe(!lastStops.has(id));
  });

  it.each(queues)('%s is encrypted', (_, { Properties }) => {
    expect(
      Properties['KmsMasterKeyId'] !== undefined || Properties['SqsManagedSseEnabled'] === true,
    ).toBe(true);
  });

  const polled = mappings.filter(([, { Properties }]) =>
    ofType(running, 'AWS::SQS::Queue').some(([id]) => id === idOf(Properties['EventSourceArn'])),
  );

  it.each(polled)('%s cannot see a message again while it is worked on', (_, { Properties }) => {
    const queue = running[idOf(Properties['EventSourceArn'])];
    const worker = running[idOf(Properties['FunctionName'])];
    const visibility = Number(queue?.Properties['VisibilityTimeout']);
    expect(visibility).toBeGreaterThanOrEqual(6 * Number(worker?.Properties['Timeout']));
    expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    expect(Properties['MaximumBatchingWindowInSeconds']).toBeUndefined();
    expect(Properties['FilterCriteria']).toBeUndefined();
  });

  it('give a payment twenty tries before it is dead', () => {
    const { Properties } = find(running, 'AWS::SQS::Queue', 'PaymentsInboxQueue');
    expect(at(Properties, 'RedrivePolicy', 'maxReceiveCount')).toBe(20);
    expect(Properties['FifoQueue']).toBeUndefined();
  });

  it('are polled by no more than the function may run', () => {
    const source = find(running, 'AWS::Lambda::EventSourceMapping', 'PaymentsSettlePayments');
    expect(at(source.Properties, 'ScalingConfig', 'MaximumConcurrency')).toBe(100);
  });
});

describe('streams', () => {
  it.each(['LedgerPublishEvents', 'LedgerSealJournal'])('%s follows in order', (prefix) => {
    const { Properties } = find(running, 'AWS::Lambda::EventSourceMapping', prefix);
    expect(Properties).toMatchObject({
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    // Tries are ended by age alone: any number of them may be used up by a short outage.
    expect(Properties['MaximumRetryAttempts'] ?? -1).toBe(-1);
    expect(Properties['MaximumRecordAgeInSeconds']).toBeLessThan(24 * 3600);
  });
});

describe('the public door', () => {
  const routes = ofType(running, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => ({
    key: String(Properties['RouteKey']),
    authorization: Properties['AuthorizationType'],
    scopes: Properties['AuthorizationScopes'],
  }));

  it('has both addresses of every gateway, for its own methods only', () => {
    const expected = gateways.flatMap(({ name, methods }) =>
      methods.flatMap((method) => [
        `${method} /webhooks/{seller}/${name}`,
        `${method} /webhooks/{seller}/${name}/{kind}`,
      ]),
    );
    const open = routes.filter(({ authorization }) => authorization === 'NONE');
    expect(open.map(({ key }) => key).toSorted()).toEqual(expected.toSorted());
  });

  it('lets only operators with a scope into the other API', () => {
    const guarded = routes.filter(({ authorization }) => authorization !== 'NONE');
    expect(guarded).toEqual([
      {
        key: 'ANY /{proxy+}',
        authorization: 'JWT',
        scopes: ['operators/read', 'operators/write'],
      },
    ]);
  });

  it('leads to warm environments', () => {
    for (const { name } of gateways) {
      const alias = find(running, 'AWS::Lambda::Alias', `WebhooksReceiveWebhook${name}Live`);
      expect(alias.Properties).toMatchObject({
        Name: 'live',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      });
    }
    const integrations = ofType(running, 'AWS::ApiGatewayV2::Integration').map(
      ([, { Properties }]) => running[idOf(Properties['IntegrationUri'])]?.Type,
    );
    expect(integrations.filter((type) => type === 'AWS::Lambda::Alias')).toHaveLength(
      gateways.length,
    );
  });

  it('adds environments before the evening and takes them back after it', () => {
    const target = find(
      running,
      'AWS::ApplicationAutoScaling::ScalableTarget',
      'WebhooksReceiveWebhooktbank',
    );
    expect(target.Properties['ScheduledActions']).toEqual([
      {
        ScheduledActionName: 'EveningBegins',
        Schedule: 'cron(0 17 * * ? *)',
        Timezone: 'Europe/Moscow',
        ScalableTargetAction: { MinCapacity: 5 },
      },
      {
        ScheduledActionName: 'EveningEnds',
        Schedule: 'cron(59 23 * * ? *)',
        Timezone: 'Europe/Moscow',
        ScalableTargetAction: { MinCapacity: 1 },
      },
    ]);
  });

  it('throttles and logs both APIs, without queries and bodies', () => {
    const stages = ofType(running, 'AWS::ApiGatewayV2::Stage');
    expect(stages).toHaveLength(2);
    for (const [, { Properties }] of stages) {
      expect(at(Properties, 'DefaultRouteSettings', 'ThrottlingRateLimit')).toBeGreaterThan(0);
      const format = String(at(Properties, 'AccessLogSettings', 'Format'));
      expect(format).toContain('$context.status');
      expect(format).not.toMatch(/querystring|body|\$context\.requestOverride/i);
    }
  });
});

describe('schedules', () => {
  it.each(['LedgerWatchLedger', 'SyntheticPaySyntheticInvoice'])(
    '%s runs each minute',
    (prefix) => {
      const { Properties } = find(running, 'AWS::Scheduler::Schedule', prefix);
      expect(Properties['ScheduleExpression']).toBe('rate(1 minute)');
      expect(at(Properties, 'Target', 'Input')).toBe(
        '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
      );
    },
  );
});

describe('access', () => {
  it('hears of exactly the invoice events that open or close it', () => {
    const { Properties } = find(running, 'AWS::Events::Rule', 'AccessUpdateAccess');
    expect(Properties['EventPattern']).toEqual({
      source: ['priliv.ledger'],
      'detail-type': [
        'invoice.paid.v1',
        'invoice.partially_paid.v1',
        'invoice.reopened.v1',
        'invoice.restated.v1',
      ],
    });
  });
});
