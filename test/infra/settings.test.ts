import { describe, expect, it } from 'vitest';
import { warmThroughputFor } from '#infra/data/tables.ts';
import { deployedGateways } from '#infra/gateways.ts';
import { parseSettings } from '#infra/settings.ts';
import { at, find, ofType, synthesize } from './stage.ts';

describe('settings', () => {
  it('suit an empty account without any context', () => {
    expect(parseSettings({})).toMatchObject({
      stage: 'dev',
      region: 'eu-central-1',
      eveningZone: 'Europe/Moscow',
      archiveDays: 30,
    });
  });

  it('are texts on the command line and numbers here', () => {
    expect(parseSettings({ settleConcurrency: '250' }).settleConcurrency).toBe(250);
  });

  it.each([
    ['stage', 'Prod!'],
    ['account', '123'],
    ['eveningFrom', '25:00'],
    ['webhookConcurrency', '-1'],
    ['webhooksBaseUrl', 'pay.example.com'],
    ['webhooksBaseUrl', 'http://pay.example.com'],
    ['peakPaymentsPerSecond', 'many'],
  ])('name what is wrong with %s', (name, value) => {
    expect(() => parseSettings({ [name]: value })).toThrow(name);
  });

  it('refuse a gateway that does not exist, and tell which do', () => {
    expect(() => deployedGateways('tbank,paypall')).toThrow(/no gateway paypall; known: tbank/);
  });

  it('always keep the gateway that the synthetic payment uses', () => {
    const names = deployedGateways('yookassa').map(({ name }) => name);
    expect(names.toSorted()).toEqual(['tbank', 'yookassa']);
  });

  it('refuse a retention that CloudWatch does not offer', () => {
    expect(() => synthesize({ logDays: 91 })).toThrow(/logDays=91/);
  });
});

describe('a stage with settings of its own', () => {
  const { kept, running, data, billing } = synthesize({
    stage: 'prod',
    account: '123456789012',
    region: 'eu-north-1',
    gateways: 'tbank, stripe',
    webhookProvisioned: '0',
    webhookConcurrency: '0',
    peakPaymentsPerSecond: '2000',
    webhooksBaseUrl: 'https://pay.example.com',
  });

  it('is a pair of stacks in its own account and region', () => {
    expect([data.stackName, billing.stackName]).toEqual(['PrilivData-prod', 'Priliv-prod']);
    expect(billing.environment).toBe('aws://123456789012/eu-north-1');
  });

  it('has only the gateways that it names', () => {
    expect(ofType(kept, 'AWS::SecretsManager::Secret')).toHaveLength(2);
    expect(ofType(running, 'AWS::Lambda::Alias')).toHaveLength(2);
  });

  it('pays for no warm environments when it wants none', () => {
    expect(ofType(running, 'AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
    const receiver = find(running, 'AWS::Lambda::Function', 'WebhooksReceiveWebhooktbank');
    expect(receiver.Properties['ReservedConcurrentExecutions']).toBeUndefined();
  });

  it('tells its public address to whoever puts it into links', () => {
    for (const prefix of ['OperatorApiHandle', 'SyntheticPay']) {
      const { Properties } = find(running, 'AWS::Lambda::Function', prefix);
      expect(at(Properties, 'Environment', 'Variables', 'WEBHOOKS_BASE_URL')).toBe(
        'https://pay.example.com',
      );
    }
  });

  it('has tables that take the peak without growing first', () => {
    const { Properties } = find(kept, 'AWS::DynamoDB::GlobalTable', 'TablesLedger');
    expect(Properties['WarmThroughput']).toEqual({
      ReadUnitsPerSecond: 12_000,
      WriteUnitsPerSecond: 16_000,
    });
  });
});

describe('warm throughput', () => {
  it('is never below what a new table has for free', () => {
    expect(warmThroughputFor(1, 8)).toEqual({
      readUnitsPerSecond: 12_000,
      writeUnitsPerSecond: 4000,
    });
  });
});
