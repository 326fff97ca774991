import { describe, expect, it } from 'vitest';
import { readAssembly } from '#local/template/assembly.ts';
import { Deployment } from '#local/template/deployment.ts';
import type { JsonObject } from '#local/template/json.ts';
import { arnOf, ref, type TestStack, writeAssembly } from '../cloud/assembly-fixture.ts';

const ADDRESSES = {
  queueUrl: (name: string, accountId: string) => `http://local/${accountId}/${name}`,
  apiUrl: (id: string) => `http://local/_api/${id}`,
};

function deploy(
  stacks: Record<string, TestStack>,
  identities = new Map<string, JsonObject>(),
): Deployment {
  return new Deployment({
    stacks: readAssembly(writeAssembly(stacks)),
    region: 'eu-central-1',
    accountId: '000000000000',
    addresses: ADDRESSES,
    identities,
  });
}

/** Resolves one value by putting it into a parameter of SSM, which has no effect. */
function resolve(value: unknown, rest: Partial<TestStack> = {}): unknown {
  const probe = { Type: 'AWS::SSM::Parameter', Properties: { Value: value } };
  const deployment = deploy({ App: { ...rest, Resources: { ...rest.Resources, Probe: probe } } });
  return deployment.resources('AWS::SSM::Parameter')[0]?.properties['Value'];
}

const queue = (Properties = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

describe('intrinsic functions', () => {
  it('resolve to what CloudFormation would put there', () => {
    const Resources = { Inbox: queue({ QueueName: 'inbox' }) };
    expect(resolve(ref('Inbox'), { Resources })).toBe('http://local/000000000000/inbox');
    const arn = 'arn:aws:sqs:eu-central-1:000000000000:inbox';
    expect(resolve(arnOf('Inbox'), { Resources })).toBe(arn);
    expect(resolve({ 'Fn::GetAtt': 'Inbox.QueueName' }, { Resources })).toBe('inbox');
    expect(resolve({ 'Fn::Join': ['-', ['a', ref('AWS::Region')]] })).toBe('a-eu-central-1');
    const split = { 'Fn::Split': [':', arnOf('Inbox')] };
    expect(resolve({ 'Fn::Select': [5, split] }, { Resources })).toBe('inbox');
    expect(resolve({ 'Fn::Base64': 'hi' })).toBe('aGk=');
  });

  it('substitute variables, attributes and literals in Fn::Sub', () => {
    const Resources = { Inbox: queue({ QueueName: 'inbox' }) };
    const text = `\${Inbox.Arn}|\${AWS::AccountId}|\${Own}|\${!Literal}`;
    expect(resolve({ 'Fn::Sub': [text, { Own: 'x' }] }, { Resources })).toBe(
      `arn:aws:sqs:eu-central-1:000000000000:inbox|000000000000|x|\${Literal}`,
    );
  });

  it('choose by conditions and leave AWS::NoValue out', () => {
    const Conditions = { IsProd: { 'Fn::Equals': [ref('AWS::Region'), 'us-east-1'] } };
    const choice = { 'Fn::If': ['IsProd', 'big', ref('AWS::NoValue')] };
    expect(resolve({ size: choice, other: 1 }, { Conditions })).toEqual({ other: 1 });
    expect(resolve([choice, 'kept'], { Conditions })).toEqual(['kept']);
    const not = { IsDev: { 'Fn::Not': [{ Condition: 'IsProd' }] }, ...Conditions };
    expect(resolve({ 'Fn::If': ['IsDev', 'small', 'big'] }, { Conditions: not })).toBe('small');
  });

  it('refuse dynamic references: a secret must never stand in an environment variable', () => {
    expect(() => resolve('{{resolve:secretsmanager:card-key}}')).toThrow('dynamic reference');
  });

  it('refuse functions that are not emulated', () => {
    expect(() => resolve({ 'Fn::Cidr': ['10.0.0.0/16', 1, 8] })).toThrow('Fn::Cidr');
  });
});

describe('references between stacks', () => {
  it('follow exports and plain outputs in any order of the stacks', () => {
    const deployment = deploy({
      App: {
        Resources: {
          One: { Type: 'AWS::SSM::Parameter', Properties: { Value: { 'Fn::ImportValue': 'Arn' } } },
          Two: {
            Type: 'AWS::SSM::Parameter',
            Properties: { Value: { 'Fn::GetStackOutput': ['Data', 'Plain'] } },
          },
        },
      },
      Data: {
        Resources: { Inbox: queue({ QueueName: 'inbox' }) },
        Outputs: {
          Exported: { Value: arnOf('Inbox'), Export: { Name: 'Arn' } },
          Plain: { Value: { 'Fn::GetAtt': ['Inbox', 'QueueName'] } },
        },
      },
    });
    const values = deployment.resources('AWS::SSM::Parameter').map((r) => r.properties['Value']);
    expect(values).toEqual(['arn:aws:sqs:eu-central-1:000000000000:inbox', 'inbox']);
  });

  it('name the circle when resources refer to each other', () => {
    const parameter = (other: string) => ({
      Type: 'AWS::SSM::Parameter',
      Properties: { Value: { 'Fn::GetAtt': [other, 'Value'] } },
    });
    const deployment = deploy({ App: { Resources: { A: parameter('B'), B: parameter('A') } } });
    expect(() => deployment.resources()).toThrow('App/A.Value -> App/B.Value -> App/A.Value');
  });

  it('tell which name is unknown', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'Nobody' })).toThrow('no stack exports Nobody');
    expect(() => resolve(ref('Nobody'))).toThrow('unknown Nobody');
    const Resources = { Inbox: queue() };
    const attribute = { 'Fn::GetAtt': ['Inbox', 'Colour'] };
    expect(() => resolve(attribute, { Resources })).toThrow('no attribute Colour');
  });
});

describe('resources', () => {
  it('get names that are the same on every start', () => {
    const names = () =>
      deploy({ App: { Resources: { Inbox: queue(), Fifo: queue({ FifoQueue: true }) } } })
        .resources()
        .map((resource) => resource.attribute('QueueName'));
    expect(names()).toEqual(names());
    expect(names()[0]).toMatch(/^App-Inbox-[A-Z0-9]{12}$/);
    expect(names()[1]).toMatch(/^App-Fifo-[A-Z0-9]{12}\.fifo$/);
  });

  it('keep generated names inside the limit of their service', () => {
    const long = 'VeryLongConstructPath'.repeat(6);
    const code = { S3Bucket: 'b', S3Key: 'k' };
    const fn = { Type: 'AWS::Lambda::Function', Properties: { Code: code } };
    const [found] = deploy({ App: { Resources: { [long]: fn } } }).resources();
    expect(found?.ref).toHaveLength(64);
  });

  it('are absent when their condition does not hold', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const Resources = { Gone: { ...queue(), Condition: 'Never' }, Kept: queue() };
    const found = deploy({ App: { Conditions, Resources } }).resources();
    expect(found.map(({ logicalId }) => logicalId)).toEqual(['Kept']);
  });

  it('of a type that is not emulated stop the start by name', () => {
    const Resources = { Cache: { Type: 'AWS::ElastiCache::CacheCluster' } };
    expect(() => deploy({ App: { Resources } })).toThrow(
      'the local cloud does not emulate AWS::ElastiCache::CacheCluster (Cache in stack App)',
    );
  });

  it('that would compute where only people are told stop the start too', () => {
    const subscription = (Protocol: string) => ({
      Resources: { Told: { Type: 'AWS::SNS::Subscription', Properties: { Protocol } } },
    });
    expect(() => deploy({ App: subscription('email') })).not.toThrow();
    expect(() => deploy({ App: subscription('lambda') })).toThrow(
      'AWS::SNS::Subscription by lambda',
    );
  });

  it('take the identity that an engine gave them', () => {
    const Resources = { Key: { Type: 'AWS::KMS::Key' } };
    const identities = new Map([['App/Key', { keyId: 'the-id' }]]);
    const [key] = deploy({ App: { Resources } }, identities).resources();
    expect(key?.arn).toBe('arn:aws:kms:eu-central-1:000000000000:key/the-id');
  });
});
