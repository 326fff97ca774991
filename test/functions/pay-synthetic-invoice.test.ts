import {
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingFetch } from '#test/gateways/request.ts';
import { invoke, stubEnvironment } from './lambda.ts';

const PASSWORD = 'Dfsfh56dgKl';
const dynamodb = mockClient(DynamoDBClient);
const secrets = mockClient(SecretsManagerClient);
const { fetch, calls } = recordingFetch(() => ({ body: 'OK' }));
let handler: Parameters<typeof invoke>[0];

beforeAll(async () => {
  stubEnvironment({
    LEDGER_TABLE: 'ledger',
    GATEWAY_SECRET_ID: '/gateways/tbank',
    WEBHOOKS_BASE_URL: 'https://hooks.example',
  });
  vi.doMock('#shared/platform/outbound/guarded-fetch.ts', () => ({
    createGuardedFetch: () => fetch,
  }));
  ({ handler } = await import('#functions/synthetic/pay-synthetic-invoice/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('#shared/platform/outbound/guarded-fetch.ts');
});

beforeEach(() => {
  calls.length = 0;
  dynamodb.reset();
  secrets.reset();
  dynamodb.on(GetItemCommand).resolves({});
  dynamodb.on(TransactWriteItemsCommand).resolves({});
});

describe('the pay-synthetic-invoice function', () => {
  it('pays an invoice at the public door, and tells its log no password', async () => {
    const synthetic = { terminalKey: '1', passwords: [PASSWORD], test: false };
    secrets.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ synthetic }) });
    const { log } = await invoke(handler, {});
    expect(calls.map(({ url }) => url)).toEqual(['https://hooks.example/webhooks/synthetic/tbank']);
    expect(dynamodb).toHaveReceivedCommandTimes(TransactWriteItemsCommand, 1);
    expect(log + JSON.stringify(calls)).not.toContain(PASSWORD);
  });

  it('fails when it has no account, so that the alarm of the job sees it', async () => {
    vi.useFakeTimers({ now: Date.now() + 600_000, toFake: ['Date'] }); // The secret is kept five minutes.
    secrets.on(GetSecretValueCommand).resolves({ SecretString: '{}' });
    await expect(invoke(handler, {})).rejects.toThrow('has no seller synthetic');
    expect(calls).toEqual([]);
    vi.useRealTimers();
  });
});
