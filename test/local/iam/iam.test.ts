import { describe, expect, it } from 'vitest';
import { Access } from '#local/iam/access.ts';
import { Iam } from '#local/iam/iam.ts';
import { readAssembly } from '#local/template/assembly.ts';
import { Deployment } from '#local/template/deployment.ts';
import { arnOf, ref, type TestResource, writeAssembly } from '../cloud/assembly-fixture.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger';
const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:inbox';
const ROLE = 'App/Role';

function deployed(Resources: Record<string, TestResource>) {
  const deployment = new Deployment({
    stacks: readAssembly(writeAssembly({ App: { Resources } })),
    region: 'eu-central-1',
    accountId: '000000000000',
    addresses: { queueUrl: (name) => `http://local/0/${name}`, apiUrl: (id) => id },
    identities: new Map(),
  });
  return deployment.resources();
}

type Statement = Record<string, unknown>;

function roleWith(...Statement: Statement[]): Record<string, TestResource> {
  return {
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'worker' } },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'p', Roles: [ref('Role')], PolicyDocument: { Statement } },
    },
  };
}

const iamWith = (...statements: Statement[]) => new Iam(deployed(roleWith(...statements)));
const allow = (Action: unknown, Resource: unknown, rest = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
});

function can(iam: Iam, action: string, resource: string, context = {}): boolean {
  return iam.isAllowed(ROLE, { action, resource, context });
}

describe('identity policies', () => {
  it('allow only what a statement names', () => {
    const iam = iamWith(allow(['dynamodb:GetItem', 'dynamodb:Put*'], TABLE));
    expect(can(iam, 'dynamodb:GetItem', TABLE)).toBe(true);
    expect(can(iam, 'dynamodb:PutItem', TABLE)).toBe(true);
    expect(can(iam, 'DynamoDB:getitem', TABLE)).toBe(true);
    expect(can(iam, 'dynamodb:DeleteItem', TABLE)).toBe(false);
    expect(can(iam, 'dynamodb:GetItem', `${TABLE}2`)).toBe(false);
    expect(can(iam, 'dynamodb:GetItem', `${TABLE}/index/byDate`)).toBe(false);
  });

  it('match wildcards in resources', () => {
    const iam = iamWith(allow('dynamodb:Query', `${TABLE}/index/by?ate*`));
    expect(can(iam, 'dynamodb:Query', `${TABLE}/index/byDateAndSum`)).toBe(true);
    expect(can(iam, 'dynamodb:Query', `${TABLE}/index/by-late`)).toBe(false);
    expect(can(iam, 'dynamodb:Query', TABLE)).toBe(false);
  });

  it('let a deny win over every allow', () => {
    const deny = { Effect: 'Deny', Action: 'dynamodb:Delete*', Resource: '*' };
    const iam = iamWith(allow('*', '*'), deny);
    expect(can(iam, 'dynamodb:PutItem', TABLE)).toBe(true);
    expect(can(iam, 'dynamodb:DeleteItem', TABLE)).toBe(false);
  });

  it('read NotAction as everything else', () => {
    const iam = iamWith({ Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' });
    expect(can(iam, 'sqs:SendMessage', QUEUE)).toBe(true);
    expect(can(iam, 'dynamodb:GetItem', TABLE)).toBe(false);
  });

  it('refuse documents that are not understood', () => {
    expect(() =>
      iamWith(allow('a:b', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })),
    ).toThrow('IpAddress');
    expect(() => iamWith(allow('a:b', '*', { Principle: '*' }))).toThrow('Principle');
  });

  it('know the managed policies of AWS by name, and no others', () => {
    const role = (policy: string): Record<string, TestResource> => ({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { ManagedPolicyArns: [`arn:aws:iam::aws:policy/${policy}`] },
      },
    });
    const iam = new Iam(deployed(role('service-role/AWSLambdaBasicExecutionRole')));
    expect(can(iam, 'logs:PutLogEvents', 'arn:aws:logs:eu-central-1:0:log-group:x')).toBe(true);
    expect(() => new Iam(deployed(role('AdministratorAccess')))).toThrow('AdministratorAccess');
  });
});

describe('conditions', () => {
  const keys = (operator: string, wanted: unknown) =>
    iamWith(
      allow('dynamodb:GetItem', TABLE, {
        Condition: { [operator]: { 'dynamodb:LeadingKeys': wanted } },
      }),
    );
  const get = (iam: Iam, ...leading: string[]) =>
    can(iam, 'dynamodb:GetItem', TABLE, { 'dynamodb:LeadingKeys': leading });

  it('limit a grant to leading keys', () => {
    const iam = keys('ForAllValues:StringLike', ['payment#*', 'invoice#*']);
    expect(get(iam, 'payment#1', 'invoice#2')).toBe(true);
    expect(get(iam, 'payment#1', 'payer#2')).toBe(false);
  });

  it('hold for ForAllValues when the key is absent, and fail otherwise', () => {
    expect(get(keys('ForAllValues:StringEquals', 'a'))).toBe(true);
    expect(get(keys('StringEquals', 'a'))).toBe(false);
    expect(get(keys('StringEqualsIfExists', 'a'))).toBe(true);
    expect(get(keys('ForAnyValue:StringEquals', 'a'))).toBe(false);
    expect(get(keys('ForAnyValue:StringEquals', 'a'), 'b', 'a')).toBe(true);
  });

  it('need every wanted value to differ in a negated operator', () => {
    const iam = keys('StringNotEquals', ['a', 'b']);
    expect(get(iam, 'c')).toBe(true);
    expect(get(iam, 'b')).toBe(false);
  });

  it('compare numbers as numbers', () => {
    const Condition = { NumericLessThan: { 's3:TlsVersion': '1.2' } };
    const iam = iamWith(allow('s3:GetObject', '*', { Condition }));
    const withTls = (version: string) =>
      can(iam, 's3:GetObject', 'arn:aws:s3:::archive/x', { 's3:TlsVersion': [version] });
    expect(withTls('1.1')).toBe(true);
    expect(withTls('1.2')).toBe(false);
    expect(withTls('1.10')).toBe(true);
  });

  it('take loopback for an encrypted connection', () => {
    const deny = {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    expect(can(iamWith(allow('*', '*'), deny), 'sqs:SendMessage', QUEUE)).toBe(true);
  });
});

describe('a denial', () => {
  it('names role, action and resource as AWS does', () => {
    const iam = iamWith(allow('sqs:SendMessage', QUEUE));
    const permission = { action: 'dynamodb:PutItem', resource: TABLE };
    expect(() => iam.authorize(ROLE, [permission])).toThrow(
      `User: arn:aws:sts::000000000000:assumed-role/worker/Role is not authorized to perform: dynamodb:PutItem on resource: ${TABLE} because no identity-based policy allows the dynamodb:PutItem action`,
    );
  });

  it('comes when one of several permissions is missing', () => {
    const iam = iamWith(allow('dynamodb:PutItem', TABLE));
    const permissions = ['PutItem', 'UpdateItem'].map((name) => ({
      action: `dynamodb:${name}`,
      resource: TABLE,
    }));
    expect(() => iam.authorize(ROLE, permissions)).toThrow('dynamodb:UpdateItem');
  });

  it('never meets an operator', () => {
    expect(iamWith(allow('a:b', '*')).isAllowed('root', { action: 'c:d', resource: '*' })).toBe(
      true,
    );
    expect(iamWith(allow('a:b', '*')).principalOfKey('AKIAUNKNOWN')).toBe('root');
  });
});

describe('the report', () => {
  it('tells used grants from unused ones', () => {
    const iam = iamWith(allow(['dynamodb:GetItem', 'dynamodb:PutItem'], TABLE));
    can(iam, 'dynamodb:GetItem', TABLE);
    expect(iam.report()).toEqual([
      { role: ROLE, action: 'dynamodb:GetItem', resource: TABLE, used: true },
      { role: ROLE, action: 'dynamodb:PutItem', resource: TABLE, used: false },
    ]);
  });

  it('loses one grant and gets it back', () => {
    const iam = iamWith(allow(['dynamodb:GetItem', 'dynamodb:PutItem'], TABLE));
    const giveBack = iam.withoutGrant({ action: 'dynamodb:GetItem' });
    expect(can(iam, 'dynamodb:GetItem', TABLE)).toBe(false);
    expect(can(iam, 'dynamodb:PutItem', TABLE)).toBe(true);
    giveBack();
    expect(can(iam, 'dynamodb:GetItem', TABLE)).toBe(true);
    expect(() => iam.withoutGrant({ action: 'dynamodb:Scan' })).toThrow('no grant matches');
  });
});

describe('policies on resources', () => {
  const QUEUE_RESOURCE = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbox' } };
  const queuePolicy = (...Statement: Statement[]): TestResource => ({
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [ref('Inbox')], PolicyDocument: { Statement } },
  });
  const call = {
    service: 'events.amazonaws.com',
    action: 'sqs:SendMessage',
    resource: QUEUE,
    sourceArn: 'arn:aws:events:eu-central-1:000000000000:rule/billing/paid',
    accountId: '000000000000',
  };
  const forEvents = allow('sqs:SendMessage', arnOf('Inbox'), {
    Principal: { Service: 'events.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': call.sourceArn } },
  });

  it('let a service in only from the named source', () => {
    const iam = new Iam(deployed({ Inbox: QUEUE_RESOURCE, P: queuePolicy(forEvents) }));
    expect(iam.allowsService(call)).toBe(true);
    expect(iam.allowsService({ ...call, sourceArn: `${call.sourceArn}2` })).toBe(false);
    expect(iam.allowsService({ ...call, service: 'sns.amazonaws.com' })).toBe(false);
    expect(new Iam(deployed({ Inbox: QUEUE_RESOURCE })).allowsService(call)).toBe(false);
  });

  it('need the policy of the key when the queue is encrypted', () => {
    const keyPolicy = allow(['kms:Decrypt', 'kms:GenerateDataKey*'], '*', {
      Principal: { Service: 'events.amazonaws.com' },
    });
    const resources = (statements: Statement[]) =>
      deployed({
        Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: statements } } },
        Inbox: {
          Type: 'AWS::SQS::Queue',
          Properties: { QueueName: 'inbox', KmsMasterKeyId: arnOf('Key') },
        },
        P: queuePolicy(forEvents),
      });
    const access = (list: ReturnType<typeof resources>) => new Access(new Iam(list), list);
    expect(access(resources([keyPolicy])).allowsService(call)).toBe(true);
    expect(access(resources([])).allowsService(call)).toBe(false);
  });

  it('deny what identity policies allow', () => {
    const deny = { Effect: 'Deny', Action: 'sqs:*', Resource: arnOf('Inbox'), Principal: '*' };
    const resources = {
      ...roleWith(allow('sqs:*', '*')),
      Inbox: QUEUE_RESOURCE,
      P: queuePolicy(deny),
    };
    expect(can(new Iam(deployed(resources)), 'sqs:SendMessage', QUEUE)).toBe(false);
  });

  it('leave the decision to identity policies when they name the account', () => {
    const KeyPolicy = {
      Statement: [allow('kms:*', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })],
    };
    const key = { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy } } };
    const [found] = deployed(key);
    const iam = new Iam(deployed({ ...roleWith(allow('sqs:*', '*')), ...key }));
    expect(can(iam, 'kms:Decrypt', found?.arn ?? '')).toBe(false);
  });
});

describe('encrypted resources', () => {
  const resources = (...statements: Statement[]) =>
    deployed({
      ...roleWith(...statements),
      Key: { Type: 'AWS::KMS::Key' },
      Ledger: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          TableName: 'ledger',
          Replicas: [{ Region: 'x', SSESpecification: { KMSMasterKeyId: arnOf('Key') } }],
        },
      },
      Inbox: {
        Type: 'AWS::SQS::Queue',
        Properties: { QueueName: 'inbox', KmsMasterKeyId: arnOf('Key') },
      },
    });
  const accessWith = (...statements: Statement[]) => {
    const list = resources(...statements);
    const iam = new Iam(list);
    return { iam, access: new Access(iam, list) };
  };
  const authorize = (access: Access, action: string, resource: string) => () =>
    access.authorize(ROLE, [{ action, resource }]);

  it('need the key as well as the resource', () => {
    const { access } = accessWith(allow(['dynamodb:*', 'sqs:*'], '*'));
    expect(authorize(access, 'dynamodb:GetItem', TABLE)).toThrow('kms:Decrypt');
    expect(authorize(access, 'sqs:SendMessage', QUEUE)).toThrow('kms:GenerateDataKey');
    expect(authorize(access, 'dynamodb:DescribeTable', TABLE)).not.toThrow();
  });

  it('are opened only through the service that a key grant names', () => {
    const through = (service: string) =>
      accessWith(
        allow(['dynamodb:GetItem', 'sqs:SendMessage'], '*'),
        allow('kms:*', arnOf('Key'), {
          Condition: {
            StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` },
          },
        }),
      ).access;
    expect(authorize(through('dynamodb'), 'dynamodb:GetItem', TABLE)).not.toThrow();
    expect(authorize(through('dynamodb'), 'sqs:SendMessage', QUEUE)).toThrow('kms:GenerateDataKey');
    expect(authorize(through('sqs'), 'sqs:SendMessage', QUEUE)).not.toThrow();
  });

  it('count what the service does with the key for the role as used', () => {
    const actions = ['kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Sign'];
    const { iam, access } = accessWith(
      allow('dynamodb:PutItem', TABLE),
      allow(actions, arnOf('Key')),
    );
    authorize(access, 'dynamodb:PutItem', TABLE)();
    const unused = iam.report().filter(({ used }) => !used);
    expect(unused.map(({ action }) => action)).toEqual(['kms:Sign']);
  });
});
