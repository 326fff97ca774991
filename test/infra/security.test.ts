import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from './security-rules.ts';
import { at, ofType, type Properties, type Resource, type Resources, synthesize } from './stage.ts';

const { kept, running } = synthesize();
const stacks = { kept, running };
const everything: Resources = { ...kept, ...running };

/**
 * Every type of resource that has been looked at. A new one has no rules yet: look at it, write them
 * in `security-rules.ts` or know why it needs none, and add it here.
 */
const REVIEWED = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolDomain',
  'AWS::Cognito::UserPoolResourceServer',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::SecretsManager::Secret',
];

describe('the templates', () => {
  it('hold only types of resources that were looked at', () => {
    const types = new Set(Object.values(everything).map(({ Type }) => Type));
    expect([...types].toSorted()).toEqual(REVIEWED);
  });

  it.each(Object.entries(RULES))('%s', (_, rule) => {
    expect([...rule(kept), ...rule(running)]).toEqual([]);
  });

  it('take no secret as a parameter and give none as an output', () => {
    for (const file of globSync('cdk.out/Priliv*.template.json')) {
      const { Parameters = {}, Outputs = {} } = JSON.parse(readFileSync(file, 'utf8'));
      expect(Object.keys(Parameters)).toEqual(['BootstrapVersion']);
      expect(JSON.stringify(Outputs)).not.toMatch(/secret(?!s)|password|\{\{resolve/i);
    }
  });
});

/** A rule, a change to the template that must not pass, and where it is made. */
type Planted = readonly [
  rule: string,
  what: string,
  type: string,
  change: (properties: Record<string, unknown>) => void,
];

const set = (...path: string[]) => {
  const value = path.pop();
  return (properties: Properties) => {
    const last = path.at(-1) ?? '';
    const holder = at(properties, ...path.slice(0, -1)) as Record<string, unknown>;
    holder[last] = value === undefined ? undefined : JSON.parse(value);
  };
};
const drop =
  (...path: string[]) =>
  (properties: Properties) => {
    const holder = at(properties, ...path.slice(0, -1)) as Record<string, unknown>;
    delete holder[path.at(-1) ?? ''];
  };

const PLANTED: readonly Planted[] = [
  [
    'tablesWithOurKey',
    'a key of Amazon',
    'AWS::DynamoDB::GlobalTable',
    drop('Replicas', '0', 'SSESpecification'),
  ],
  [
    'tablesWithOurKey',
    'no encryption of ours',
    'AWS::DynamoDB::GlobalTable',
    drop('SSESpecification'),
  ],
  ['bucketsEncrypted', 'none', 'AWS::S3::Bucket', drop('BucketEncryption')],
  [
    'bucketsPrivate',
    'a public policy',
    'AWS::S3::Bucket',
    set('PublicAccessBlockConfiguration', 'BlockPublicPolicy', 'false'),
  ],
  ['bucketsPrivate', 'no block at all', 'AWS::S3::Bucket', drop('PublicAccessBlockConfiguration')],
  ['bucketsPrivate', 'a list for all', 'AWS::S3::Bucket', set('AccessControl', '"PublicRead"')],
  [
    'bucketsOverTls',
    'plain HTTP',
    'AWS::S3::BucketPolicy',
    drop('PolicyDocument', 'Statement', '0'),
  ],
  [
    'bucketsOverTls',
    'old TLS',
    'AWS::S3::BucketPolicy',
    set(
      'PolicyDocument',
      'Statement',
      '1',
      'Condition',
      '{"NumericLessThan":{"s3:TlsVersion":1.1}}',
    ),
  ],
  [
    'queuesEncrypted',
    'none',
    'AWS::SQS::Queue',
    (p) => {
      delete p['KmsMasterKeyId'];
      delete p['SqsManagedSseEnabled'];
    },
  ],
  [
    'queuesOverTls',
    'plain HTTP',
    'AWS::SQS::QueuePolicy',
    set('PolicyDocument', 'Statement', '0', 'Effect', '"Allow"'),
  ],
  [
    'paymentsWithOurKey',
    'Amazon’s key',
    'AWS::SQS::Queue',
    (p) => {
      delete p['KmsMasterKeyId'];
      p['SqsManagedSseEnabled'] = true;
    },
  ],
  ['topicsProtected', 'no key', 'AWS::SNS::Topic', drop('KmsMasterKeyId')],
  ['topicsProtected', 'plain HTTP', 'AWS::SNS::TopicPolicy', drop('PolicyDocument', 'Statement')],
  ['secretsProtected', 'no key', 'AWS::SecretsManager::Secret', drop('KmsKeyId')],
  [
    'secretsProtected',
    'a value',
    'AWS::SecretsManager::Secret',
    set('SecretString', '"{\\"school\\":{}}"'),
  ],
  ['keysRotate', 'never', 'AWS::KMS::Key', set('EnableKeyRotation', 'false')],
  ['keysRotate', 'seldom', 'AWS::KMS::Key', set('RotationPeriodInDays', '2560')],
  ['logsEnd', 'for ever', 'AWS::Logs::LogGroup', drop('RetentionInDays')],
  ['stagesThrottled', 'no limit', 'AWS::ApiGatewayV2::Stage', drop('DefaultRouteSettings')],
  [
    'stagesThrottled',
    'no burst limit',
    'AWS::ApiGatewayV2::Stage',
    drop('DefaultRouteSettings', 'ThrottlingBurstLimit'),
  ],
  [
    'stagesThrottled',
    'a route apart',
    'AWS::ApiGatewayV2::Stage',
    set('RouteSettings', '{"GET /x":{"ThrottlingRateLimit":99999}}'),
  ],
  ['stagesLogged', 'no log', 'AWS::ApiGatewayV2::Stage', drop('AccessLogSettings')],
  [
    'routesAuthorised',
    'an open route',
    'AWS::ApiGatewayV2::Route',
    (p) => {
      p['RouteKey'] = 'GET /open';
      p['AuthorizationType'] = 'NONE';
    },
  ],
  [
    'routesAuthorised',
    'no scope',
    'AWS::ApiGatewayV2::Route',
    (p) => {
      p['RouteKey'] = 'ANY /{proxy+}';
      p['AuthorizationType'] = 'JWT';
    },
  ],
  [
    'apisOnlyForPrograms',
    'any page',
    'AWS::ApiGatewayV2::Api',
    set('CorsConfiguration', '{"AllowOrigins":["*"]}'),
  ],
  ['functionsLimited', 'no limit', 'AWS::Lambda::Function', drop('ReservedConcurrentExecutions')],
  ['functionsPlain', 'a layer', 'AWS::Lambda::Function', set('Layers', '["arn:aws:lambda:x"]')],
  [
    'functionsUndiverted',
    'the allowance of the local cloud',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'AWS_EXECUTION_ENV', '"Local_nodejs24.x"'),
  ],
  [
    'functionsUndiverted',
    'a wrapper',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'AWS_LAMBDA_EXEC_WRAPPER', '"/opt/x"'),
  ],
  [
    'functionsUndiverted',
    'options of Node',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'NODE_OPTIONS', '"--import x"'),
  ],
  [
    'functionsUndiverted',
    'certificates unchecked',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'NODE_TLS_REJECT_UNAUTHORIZED', '"0"'),
  ],
  [
    'functionsUndiverted',
    'a proxy',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'https_proxy', '"http://x"'),
  ],
  [
    'variablesName',
    'a password',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'X', '"Dfsfh56dgKl"'),
  ],
  [
    'variablesName',
    'a key',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'X', '"whsec_0123456789abcdef0123456789abcdef"'),
  ],
  [
    'variablesName',
    'a plain address',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'X', '"http://127.0.0.1"'),
  ],
  [
    'variablesName',
    'a joined text',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'X', '{"Fn::Join":["",["a"]]}'),
  ],
  [
    'nothingResolved',
    'a secret',
    'AWS::Lambda::Function',
    set('Environment', 'Variables', 'X', '"{{resolve:secretsmanager:x}}"'),
  ],
  ['callersNamed', 'any API', 'AWS::Lambda::Permission', drop('SourceArn')],
  ['callersNamed', 'anybody', 'AWS::Lambda::Permission', set('Principal', '"*"')],
  [
    'rolesForServices',
    'another account',
    'AWS::IAM::Role',
    set('AssumeRolePolicyDocument', 'Statement', '0', 'Principal', '{"AWS":"arn:aws:iam::1:root"}'),
  ],
  [
    'rolesForServices',
    'a service for whomever',
    'AWS::IAM::Role',
    set(
      'AssumeRolePolicyDocument',
      'Statement',
      '0',
      'Principal',
      '{"Service":"scheduler.amazonaws.com"}',
    ),
  ],
  [
    'resourcesNamed',
    'all tables',
    'AWS::IAM::Policy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}',
    ),
  ],
  [
    'resourcesNamed',
    'all actions',
    'AWS::IAM::Policy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"sqs:*","Resource":"arn:x"}',
    ),
  ],
  [
    'resourcesNamed',
    'everything but',
    'AWS::IAM::Policy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","NotAction":"iam:x","Resource":"arn:x"}',
    ),
  ],
  [
    'resourcesNamed',
    'all objects',
    'AWS::IAM::Policy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"s3:PutObject","Resource":{"Fn::Join":["",[{"Fn::ImportValue":"x"},"/*"]]}}',
    ),
  ],
  [
    'strangersOutside',
    'everybody sends',
    'AWS::SQS::QueuePolicy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"sqs:SendMessage","Principal":"*"}',
    ),
  ],
  [
    'strangersOutside',
    'a service for whomever',
    'AWS::SQS::QueuePolicy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"sqs:SendMessage","Principal":{"Service":"sns.amazonaws.com"}}',
    ),
  ],
  [
    'strangersOutside',
    'another account reads',
    'AWS::S3::BucketPolicy',
    set(
      'PolicyDocument',
      'Statement',
      '0',
      '{"Effect":"Allow","Action":"s3:GetObject","Principal":{"AWS":"1"}}',
    ),
  ],
  [
    'strangersOutside',
    'everybody decrypts',
    'AWS::KMS::Key',
    set('KeyPolicy', 'Statement', '0', 'Principal', '{"AWS":"*"}'),
  ],
  [
    'operatorsProven',
    'no second factor',
    'AWS::Cognito::UserPool',
    set('MfaConfiguration', '"OPTIONAL"'),
  ],
  ['operatorsProven', 'a code by SMS', 'AWS::Cognito::UserPool', set('EnabledMfas', '["SMS_MFA"]')],
  [
    'operatorsProven',
    'anybody signs up',
    'AWS::Cognito::UserPool',
    set('AdminCreateUserConfig', 'AllowAdminCreateUserOnly', 'false'),
  ],
  [
    'operatorsProven',
    'a long token',
    'AWS::Cognito::UserPoolClient',
    set('AccessTokenValidity', '1440'),
  ],
  [
    'operatorsProven',
    'a token in the address',
    'AWS::Cognito::UserPoolClient',
    set('AllowedOAuthFlows', '["implicit"]'),
  ],
  [
    'operatorsProven',
    'a password in the clear',
    'AWS::Cognito::UserPoolClient',
    set('ExplicitAuthFlows', '["ALLOW_USER_PASSWORD_AUTH"]'),
  ],
];

describe('a violation', () => {
  it.each(PLANTED)('%s: %s is found at %s', (name, _, type, change) => {
    const found = Object.values(stacks).flatMap((resources) => {
      const copies = ofType(resources, type).map(([id]) => {
        const changed = structuredClone(resources) as Record<string, Resource>;
        const resource = changed[id];
        if (resource) change(resource.Properties);
        return RULES[name]?.(changed) ?? [];
      });
      return copies;
    });
    // Not each resource of a type is under the rule (streams, other queues), but some must be.
    expect(found.some((ids) => ids.length > 0)).toBe(true);
  });

  it('of each rule is planted', () => {
    const planted = new Set(PLANTED.map(([rule]) => rule));
    expect(Object.keys(RULES).filter((rule) => !planted.has(rule))).toEqual(['domainsModern']);
  });

  it('in a custom domain is found, though there is none yet', () => {
    const domain = (SecurityPolicy?: string): Resources => ({
      Domain: {
        Type: 'AWS::ApiGatewayV2::DomainName',
        Properties: { DomainNameConfigurations: [{ ...(SecurityPolicy && { SecurityPolicy }) }] },
      },
    });
    const found = [undefined, 'TLS_1_0', 'TLS_1_2'].map((policy) =>
      RULES['domainsModern']?.(domain(policy)),
    );
    expect(found).toEqual([['Domain'], ['Domain'], []]);
  });

  it('in a stack that somebody adds is found: no table, queue or bucket is safe by default', () => {
    const bare = (Type: string): Resources => ({ New: { Type, Properties: {} } });
    const rules = Object.entries(RULES);
    const unprotected = [
      'AWS::DynamoDB::Table',
      'AWS::DynamoDB::GlobalTable',
      'AWS::SQS::Queue',
      'AWS::S3::Bucket',
      'AWS::SNS::Topic',
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
      'AWS::ApiGatewayV2::Stage',
      'AWS::ApiGatewayV2::Route',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Url',
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolClient',
    ].filter((type) => !rules.some(([, rule]) => rule(bare(type)).length > 0));
    expect(unprotected).toEqual([]);
  });
});

describe('secrets', () => {
  const sources = globSync('{shared,functions}/**/*.ts').map(
    (file) => [file, readFileSync(file, 'utf8')] as const,
  );
  const using = (pattern: RegExp) =>
    sources.filter(([, source]) => pattern.test(source)).map(([file]) => file);

  it('are read in one place, from Secrets Manager', () => {
    expect(using(/GetSecretValueCommand/)).toEqual(['shared/platform/secrets.ts']);
    expect(using(/client-ssm|ParameterStore|dotenv|loadEnvFile/)).toEqual([]);
  });

  it('are never in the environment: only names of things are parsed from it', () => {
    const uses = sources.flatMap(([, source]) =>
      [...source.matchAll(/.{0,40}process\.env.{0,20}/g)].map(([text]) => text),
    );
    const known = /Env\.parse\(process\.env\);|isLocalCloud\(process\.env\)/;
    expect(uses.length).toBeGreaterThan(8);
    expect(uses.filter((use) => !known.test(use))).toEqual([]);
    const names = sources
      .filter(([file]) => file.endsWith('/env.ts'))
      .flatMap(([, source]) => [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name));
    const secretive = names.filter((name) =>
      /SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL/.test(name ?? ''),
    );
    expect([...new Set(secretive)].toSorted()).toEqual([
      'ARCHIVE_KEY_ID',
      'GATEWAY_SECRET_ID',
      'GATEWAY_SECRET_PREFIX',
    ]);
  });
});
