import { at, idOf, ofType, type Properties, type Resources } from './stage.ts';

/**
 * Rules over whole templates. Each gives what breaks it, so that a resource that nobody thought of is
 * found by its type; `security.test.ts` plants a violation of each.
 */
export type Rule = (resources: Resources) => string[];

const list = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const text = (value: unknown) => JSON.stringify(value) ?? '';

/** Logical ids of a type whose properties break a rule. */
function offenders(
  resources: Resources,
  type: string,
  isFine: (properties: Properties, id: string) => boolean,
): string[] {
  return ofType(resources, type)
    .filter(([id, { Properties = {} }]) => !isFine(Properties, id))
    .map(([id]) => id);
}

function statementsIn(document: unknown): Properties[] {
  return list(at(document, 'Statement')) as Properties[];
}

/** Statements of all policies of a type that speak about a resource by its logical id. */
function statementsAbout(resources: Resources, policyType: string, id: string): Properties[] {
  return ofType(resources, policyType)
    .filter(([, { Properties }]) =>
      [...list(Properties['Queues']), ...list(Properties['Topics']), Properties['Bucket']].some(
        (target) => target !== undefined && idOf(target) === id,
      ),
    )
    .flatMap(([, { Properties }]) => statementsIn(Properties['PolicyDocument']));
}

function refusesPlainHttp(statements: readonly Properties[], action: string): boolean {
  return statements.some(
    ({ Effect, Action, Principal, Condition }) =>
      Effect === 'Deny' &&
      Action === action &&
      ['"*"', '{"AWS":"*"}'].includes(text(Principal)) &&
      text(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
  );
}

function refusesOldTls(statements: readonly Properties[]): boolean {
  return statements.some(
    ({ Effect, Condition }) =>
      Effect === 'Deny' && Number(at(Condition, 'NumericLessThan', 's3:TlsVersion')) >= 1.2,
  );
}

const tablesWithOurKey: Rule = (resources) => [
  ...offenders(resources, 'AWS::DynamoDB::GlobalTable', (table) => {
    const replicas = list(table['Replicas']);
    const isOn = at(table, 'SSESpecification', 'SSEType') === 'KMS';
    const keys = replicas.map((replica) => at(replica, 'SSESpecification', 'KMSMasterKeyId'));
    return isOn && replicas.length > 0 && keys.every((key) => key !== undefined);
  }),
  ...offenders(
    resources,
    'AWS::DynamoDB::Table',
    (table) => at(table, 'SSESpecification', 'KMSMasterKeyId') !== undefined,
  ),
];

/** Log delivery cannot write with a key of ours, so the bucket of access logs has Amazon's. */
const bucketsEncrypted: Rule = (resources) =>
  offenders(resources, 'AWS::S3::Bucket', (bucket, id) => {
    const rules = list(at(bucket, 'BucketEncryption', 'ServerSideEncryptionConfiguration'));
    const used = at(rules[0], 'ServerSideEncryptionByDefault');
    return id.startsWith('BucketsAccessLogs')
      ? at(used, 'SSEAlgorithm') === 'AES256'
      : at(used, 'KMSMasterKeyID') !== undefined;
  });

const BLOCKS = [
  'BlockPublicAcls',
  'BlockPublicPolicy',
  'IgnorePublicAcls',
  'RestrictPublicBuckets',
];
const bucketsPrivate: Rule = (resources) =>
  offenders(
    resources,
    'AWS::S3::Bucket',
    (bucket) =>
      BLOCKS.every((block) => at(bucket, 'PublicAccessBlockConfiguration', block) === true) &&
      ['AccessControl', 'WebsiteConfiguration', 'CorsConfiguration'].every(
        (name) => bucket[name] === undefined,
      ),
  );

const bucketsOverTls: Rule = (resources) =>
  offenders(resources, 'AWS::S3::Bucket', (_, id) => {
    const statements = statementsAbout(resources, 'AWS::S3::BucketPolicy', id);
    return refusesPlainHttp(statements, 's3:*') && refusesOldTls(statements);
  });

const queuesEncrypted: Rule = (resources) =>
  offenders(
    resources,
    'AWS::SQS::Queue',
    (queue) => queue['KmsMasterKeyId'] !== undefined || queue['SqsManagedSseEnabled'] === true,
  );

const queuesOverTls: Rule = (resources) =>
  offenders(resources, 'AWS::SQS::Queue', (_, id) =>
    refusesPlainHttp(statementsAbout(resources, 'AWS::SQS::QueuePolicy', id), 'sqs:*'),
  );

/** Payments are named by id in their queue; only invoice events and ticks are in the others. */
const paymentsWithOurKey: Rule = (resources) =>
  offenders(
    resources,
    'AWS::SQS::Queue',
    (queue, id) => !id.startsWith('Payments') || queue['KmsMasterKeyId'] !== undefined,
  );

const topicsProtected: Rule = (resources) =>
  offenders(
    resources,
    'AWS::SNS::Topic',
    (topic, id) =>
      topic['KmsMasterKeyId'] !== undefined &&
      refusesPlainHttp(statementsAbout(resources, 'AWS::SNS::TopicPolicy', id), 'sns:Publish'),
  );

/** What the template says of a secret everybody can read: only the empty object, never a value. */
const secretsProtected: Rule = (resources) =>
  offenders(
    resources,
    'AWS::SecretsManager::Secret',
    (secret) => secret['KmsKeyId'] !== undefined && secret['SecretString'] === '{}',
  );

const keysRotate: Rule = (resources) =>
  offenders(
    resources,
    'AWS::KMS::Key',
    (key) => key['EnableKeyRotation'] === true && Number(key['RotationPeriodInDays']) <= 365,
  );

const logsEnd: Rule = (resources) =>
  offenders(resources, 'AWS::Logs::LogGroup', (group) => Number(group['RetentionInDays']) > 0);

const stagesThrottled: Rule = (resources) =>
  offenders(resources, 'AWS::ApiGatewayV2::Stage', (stage) => {
    const { DefaultRouteSettings: settings, RouteSettings: loosened } = stage;
    const rates = ['ThrottlingRateLimit', 'ThrottlingBurstLimit'].map((name) =>
      Number(at(settings, name)),
    );
    return rates.every((rate) => rate > 0 && rate <= 10_000) && loosened === undefined;
  });

const stagesLogged: Rule = (resources) =>
  offenders(
    resources,
    'AWS::ApiGatewayV2::Stage',
    (stage) => at(stage, 'AccessLogSettings', 'DestinationArn') !== undefined,
  );

const routesAuthorised: Rule = (resources) =>
  offenders(resources, 'AWS::ApiGatewayV2::Route', (route) => {
    const isDoor = /^(GET|POST) \/webhooks\/\{seller\}\/[a-z]+(\/\{kind\})?$/.test(
      String(route['RouteKey']),
    );
    const scopes = list(route['AuthorizationScopes']);
    return isDoor || (route['AuthorizationType'] === 'JWT' && scopes.length > 0);
  });

const apisOnlyForPrograms: Rule = (resources) =>
  offenders(resources, 'AWS::ApiGatewayV2::Api', (api) => api['CorsConfiguration'] === undefined);

const domainsModern: Rule = (resources) =>
  offenders(resources, 'AWS::ApiGatewayV2::DomainName', (domain) => {
    const configurations = list(domain['DomainNameConfigurations']);
    const modern = configurations.filter((one) => at(one, 'SecurityPolicy') === 'TLS_1_2');
    return configurations.length > 0 && modern.length === configurations.length;
  });

/** Streams run one environment for each shard, so they cannot take more than their share. */
const functionsLimited: Rule = (resources) => {
  const streams = ofType(resources, 'AWS::Lambda::EventSourceMapping')
    .filter(([, { Properties }]) => text(Properties['EventSourceArn']).includes('StreamArn'))
    .map(([, { Properties }]) => idOf(Properties['FunctionName']));
  return offenders(
    resources,
    'AWS::Lambda::Function',
    (one, id) => Number(one['ReservedConcurrentExecutions']) > 0 || streams.includes(id),
  );
};

/** Code comes from our bundle and starts as it stands: nothing is put before, beside or into it. */
const functionsPlain: Rule = (resources) => [
  ...offenders(
    resources,
    'AWS::Lambda::Function',
    (one) =>
      ['Layers', 'ImageConfig', 'FileSystemConfigs', 'RuntimeManagementConfig'].every(
        (name) => one[name] === undefined,
      ) &&
      one['PackageType'] !== 'Image' &&
      String(one['Runtime']).startsWith('nodejs'),
  ),
  ...ofType(resources, 'AWS::Lambda::Url').map(([id]) => id),
  ...ofType(resources, 'AWS::Lambda::LayerVersion').map(([id]) => id),
];

/**
 * Names that would change how a function starts, whom it trusts, or where its calls go; among them the
 * one by which the local cloud allows loopback.
 */
const DANGEROUS =
  /^(AWS_|_HANDLER|NODE_|LD_|PATH$|OPENSSL_|SSL_CERT|UV_|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|LAMBDA_)/i;
const functionsUndiverted: Rule = (resources) =>
  offenders(resources, 'AWS::Lambda::Function', (one) =>
    Object.keys(Object(at(one, 'Environment', 'Variables'))).every((name) => !DANGEROUS.test(name)),
  );

/** A variable names things: stacks' own references, a stage, a gateway, a path of a secret, an address. */
const NAMES =
  /^(?:[a-z][a-z0-9-]{0,15}|\/priliv\/[a-z0-9-]+\/gateways\/[a-z]*|https:\/\/[a-z0-9./-]+)$/;
const variablesName: Rule = (resources) =>
  ofType(resources, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) =>
    Object.entries(Object(at(Properties, 'Environment', 'Variables')))
      .filter(([, value]) => (typeof value === 'string' ? !NAMES.test(value) : !isReference(value)))
      .map(([name]) => `${id} ${name}`),
  );

function isReference(value: unknown): boolean {
  const [name = ''] = Object.keys(Object(value));
  return ['Ref', 'Fn::GetAtt', 'Fn::ImportValue'].includes(name);
}

/** CloudFormation would put a secret into the template's result, which many may read. */
const nothingResolved: Rule = (resources) =>
  Object.entries(resources)
    .filter(([, resource]) => /\{\{resolve:|ClientSecret|NoEcho/.test(text(resource)))
    .map(([id]) => id);

const callersNamed: Rule = (resources) =>
  offenders(
    resources,
    'AWS::Lambda::Permission',
    (permission) =>
      permission['SourceArn'] !== undefined &&
      /^[a-z]+\.amazonaws\.com$/.test(String(permission['Principal'])),
  );

/** A service works for every customer of AWS: a role must say for which account it may. */
const rolesForServices: Rule = (resources) =>
  offenders(resources, 'AWS::IAM::Role', ({ AssumeRolePolicyDocument: trust }) =>
    statementsIn(trust).every(({ Principal, Condition, Action }) => {
      const service = at(Principal, 'Service');
      const isLimited = at(Condition, 'StringEquals', 'aws:SourceAccount') !== undefined;
      return (
        Action === 'sts:AssumeRole' &&
        (service === 'lambda.amazonaws.com' || (typeof service === 'string' && isLimited))
      );
    }),
  );

/** What may stand with a wildcard, and the actions it may stand with. */
const WILDCARDS: readonly (readonly [actions: string, resource: RegExp])[] = [
  ['xray:PutTelemetryRecords,xray:PutTraceSegments', /^"\*"$/],
  [
    's3:PutObject',
    /^\{"Fn::Join":\["",\[\{"Fn::ImportValue":"[^"*]+"\},"\/(raw|roots)\/\*"\]\]\}$/,
  ],
];
const resourcesNamed: Rule = (resources) =>
  ofType(resources, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    statementsIn(Properties['PolicyDocument'])
      .filter(({ Action, Resource, NotAction, NotResource }) => {
        if (NotAction !== undefined || NotResource !== undefined) return true;
        const actions = list(Action).map(String);
        const wild = list(Resource)
          .map(text)
          .filter((resource) => resource.includes('*'));
        const isListed = (resource: string) =>
          WILDCARDS.some(([given, like]) => given === actions.join() && like.test(resource));
        return actions.some((action) => action.includes('*')) || !wild.every(isListed);
      })
      .map(({ Action }) => `${id} ${text(Action)}`),
  );

const RESOURCE_POLICIES = [
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::S3::BucketPolicy',
  'AWS::SecretsManager::ResourcePolicy',
  'AWS::Events::EventBusPolicy',
];
/** Nobody is let in by a resource but services, for one source each, and the account by its keys. */
const strangersOutside: Rule = (resources) => {
  const policies = RESOURCE_POLICIES.flatMap((type) =>
    ofType(resources, type).map(
      ([id, { Properties }]) => [id, Properties['PolicyDocument']] as const,
    ),
  );
  const keys = ofType(resources, 'AWS::KMS::Key').map(
    ([id, { Properties }]) => [id, Properties['KeyPolicy']] as const,
  );
  const accountRoot =
    '{"AWS":{"Fn::Join":["",["arn:aws:iam::",{"Ref":"AWS::AccountId"},":root"]]}}';
  return [...policies, ...keys]
    .filter(([, document]) =>
      statementsIn(document)
        .filter(({ Effect }) => Effect === 'Allow')
        .some(({ Principal, Condition }) => {
          const isService = typeof at(Principal, 'Service') === 'string';
          const isBound = /aws:Source(Arn|Account)/.test(text(Condition));
          return !(isService && isBound) && text(Principal) !== accountRoot;
        }),
    )
    .map(([id]) => id);
};

const operatorsProven: Rule = (resources) => [
  ...offenders(
    resources,
    'AWS::Cognito::UserPool',
    (pool) =>
      pool['MfaConfiguration'] === 'ON' &&
      text(pool['EnabledMfas']) === '["SOFTWARE_TOKEN_MFA"]' &&
      at(pool, 'AdminCreateUserConfig', 'AllowAdminCreateUserOnly') === true &&
      at(pool, 'UserPoolAddOns', 'AdvancedSecurityMode') === 'ENFORCED' &&
      Number(at(pool, 'Policies', 'PasswordPolicy', 'MinimumLength')) >= 14,
  ),
  ...offenders(resources, 'AWS::Cognito::UserPoolClient', (client) => {
    const flows = list(client['AllowedOAuthFlows']);
    const direct = list(client['ExplicitAuthFlows']).map(String);
    return (
      Number(client['AccessTokenValidity']) <= 60 &&
      at(client, 'TokenValidityUnits', 'AccessToken') === 'minutes' &&
      !flows.includes('implicit') &&
      !direct.some((flow) => /PASSWORD|CUSTOM/.test(flow)) &&
      (client['GenerateSecret'] === true) === flows.includes('client_credentials')
    );
  }),
];

export const RULES: Readonly<Record<string, Rule>> = {
  tablesWithOurKey,
  bucketsEncrypted,
  bucketsPrivate,
  bucketsOverTls,
  queuesEncrypted,
  queuesOverTls,
  paymentsWithOurKey,
  topicsProtected,
  secretsProtected,
  keysRotate,
  logsEnd,
  stagesThrottled,
  stagesLogged,
  routesAuthorised,
  apisOnlyForPrograms,
  domainsModern,
  functionsLimited,
  functionsPlain,
  functionsUndiverted,
  variablesName,
  nothingResolved,
  callersNamed,
  rolesForServices,
  resourcesNamed,
  strangersOutside,
  operatorsProven,
};
