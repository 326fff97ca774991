import type { JsonObject } from './json.ts';
import { asText } from './json.ts';
import { generatedName, stableText, stableUuid } from './names.ts';

/** What the rules below know of a resource while its neighbours are still being resolved. */
export type NamedResource = {
  stack: string;
  logicalId: string;
  region: string;
  accountId: string;
  /** The resolved value of one property. */
  property(name: string): unknown;
  /** An identity that an engine gave when the resource was created, for example a key id. */
  identity: JsonObject | undefined;
  /** Addresses that only the running cloud knows. */
  addresses: Addresses;
};

export type Addresses = {
  queueUrl(queueName: string, accountId: string): string;
  apiUrl(apiId: string): string;
};

type Rule = (resource: NamedResource) => string;

/** How `Ref` and `Fn::GetAtt` answer for one resource type. */
export type ResourceKind = {
  ref: Rule;
  attributes: Readonly<Record<string, Rule>>;
  /** Accepted, but nothing runs for it: it has no effect on what functions can see. */
  isInert?: true;
};

const seed = (r: NamedResource) => `${r.stack}/${r.logicalId}`;

/** The name in the template, or the one that CloudFormation would make up. */
function named(property: string, maxLength: number): Rule {
  return (r) => {
    const name = r.property(property);
    if (name !== undefined) return asText(name, `${r.logicalId}.${property}`);
    return generatedName(r.stack, r.logicalId, maxLength);
  };
}

function arn(service: string, rest: Rule): Rule {
  return (r) => `arn:aws:${service}:${r.region}:${r.accountId}:${rest(r)}`;
}

const opaque: Rule = (r) => stableText(seed(r), 10);
const inert = (ref: Rule = opaque, attributes: ResourceKind['attributes'] = {}): ResourceKind => ({
  ref,
  attributes,
  isInert: true,
});

const tableName = named('TableName', 255);
const tableArn = arn('dynamodb', (r) => `table/${tableName(r)}`);
const table: ResourceKind = {
  ref: tableName,
  attributes: {
    Arn: tableArn,
    StreamArn: (r) => asText(r.identity?.['streamArn'], `StreamArn of ${r.logicalId}`),
    TableId: (r) => stableUuid(seed(r)),
  },
};

const queueName: Rule = (r) => {
  const isFifo = r.property('FifoQueue') === true && r.property('QueueName') === undefined;
  return isFifo ? `${named('QueueName', 75)(r)}.fifo` : named('QueueName', 80)(r);
};
const functionName = named('FunctionName', 64);
const functionArn = arn('lambda', (r) => `function:${functionName(r)}`);
const ownerArn: Rule = (r) => {
  const owner = asText(r.property('FunctionName'), `${r.logicalId}.FunctionName`);
  const name = owner.startsWith('arn:') ? owner.split(':')[6] : owner.split(':')[0];
  return `arn:aws:lambda:${r.region}:${r.accountId}:function:${name}`;
};
const versionArn: Rule = (r) => `${ownerArn(r)}:1`;
const aliasArn: Rule = (r) => `${ownerArn(r)}:${asText(r.property('Name'), 'alias name')}`;

const roleName = named('RoleName', 64);
const pathOf = (r: NamedResource) => asText(r.property('Path') ?? '/', 'IAM path');
const roleArn: Rule = (r) => `arn:aws:iam::${r.accountId}:role${pathOf(r)}${roleName(r)}`;
const managedPolicyArn: Rule = (r) =>
  `arn:aws:iam::${r.accountId}:policy${pathOf(r)}${named('ManagedPolicyName', 128)(r)}`;

const busName = named('Name', 256);
const ruleName = named('Name', 64);
const ruleBus: Rule = (r) => {
  const bus = asText(r.property('EventBusName') ?? 'default', 'EventBusName');
  return bus.startsWith('arn:') ? (bus.split('/').at(-1) ?? bus) : bus;
};
const rulePath: Rule = (r) =>
  ruleBus(r) === 'default' ? ruleName(r) : `${ruleBus(r)}/${ruleName(r)}`;

const scheduleName = named('Name', 64);
const scheduleGroup: Rule = (r) => asText(r.property('GroupName') ?? 'default', 'GroupName');

const bucketName: Rule = (r) => named('BucketName', 63)(r).toLowerCase();
const keyId: Rule = (r) => asText(r.identity?.['keyId'] ?? stableUuid(seed(r)), 'key id');
const secretArn: Rule = (r) =>
  asText(r.identity?.['arn'] ?? arn('secretsmanager', (s) => `secret:${seed(s)}`)(r), 'secret ARN');

const poolId: Rule = (r) =>
  `${r.region}_${stableText(seed(r), 9, 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')}`;
const poolProvider: Rule = (r) => `cognito-idp.${r.region}.amazonaws.com/${poolId(r)}`;
const clientId: Rule = (r) => stableText(seed(r), 26);
const alarmName = named('AlarmName', 255);
const alarm: ResourceKind = {
  ref: alarmName,
  attributes: { Arn: arn('cloudwatch', (r) => `alarm:${alarmName(r)}`) },
};
const topicName = named('TopicName', 256);
const topicArn = arn('sns', topicName);
const logGroupName = named('LogGroupName', 512);

/** Every resource type that the local cloud accepts. All others are refused by name. */
export const RESOURCE_KINDS: Readonly<Record<string, ResourceKind>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::SQS::Queue': {
    ref: (r) => r.addresses.queueUrl(queueName(r), r.accountId),
    attributes: {
      Arn: arn('sqs', queueName),
      QueueName: queueName,
      QueueUrl: (r) => r.addresses.queueUrl(queueName(r), r.accountId),
    },
  },
  'AWS::SQS::QueuePolicy': { ref: opaque, attributes: {} },
  'AWS::Lambda::Function': { ref: functionName, attributes: { Arn: functionArn } },
  'AWS::Lambda::Version': {
    ref: versionArn,
    attributes: { Version: () => '1', FunctionArn: versionArn },
  },
  'AWS::Lambda::Alias': { ref: aliasArn, attributes: { AliasArn: aliasArn } },
  'AWS::Lambda::EventSourceMapping': {
    ref: (r) => stableUuid(seed(r)),
    attributes: { Id: (r) => stableUuid(seed(r)) },
  },
  'AWS::Lambda::Permission': { ref: opaque, attributes: { Id: opaque } },
  'AWS::Lambda::EventInvokeConfig': { ref: opaque, attributes: {} },
  'AWS::IAM::Role': {
    ref: roleName,
    attributes: {
      Arn: roleArn,
      RoleId: (r) => `AROA${stableText(seed(r), 17).toUpperCase()}`,
    },
  },
  'AWS::IAM::Policy': { ref: named('PolicyName', 128), attributes: {} },
  'AWS::IAM::ManagedPolicy': { ref: managedPolicyArn, attributes: { PolicyArn: managedPolicyArn } },
  'AWS::ApiGatewayV2::Api': {
    ref: opaque,
    attributes: { ApiId: opaque, ApiEndpoint: (r) => r.addresses.apiUrl(opaque(r)) },
  },
  'AWS::ApiGatewayV2::Stage': {
    ref: (r) => asText(r.property('StageName'), 'StageName'),
    attributes: {},
  },
  'AWS::ApiGatewayV2::Route': { ref: opaque, attributes: { RouteId: opaque } },
  'AWS::ApiGatewayV2::Integration': { ref: opaque, attributes: { IntegrationId: opaque } },
  'AWS::ApiGatewayV2::Authorizer': { ref: opaque, attributes: { AuthorizerId: opaque } },
  'AWS::Events::EventBus': {
    ref: busName,
    attributes: { Arn: arn('events', (r) => `event-bus/${busName(r)}`), Name: busName },
  },
  'AWS::Events::Rule': {
    ref: (r) => rulePath(r).replace('/', '|'),
    attributes: { Arn: arn('events', (r) => `rule/${rulePath(r)}`) },
  },
  'AWS::Scheduler::Schedule': {
    ref: scheduleName,
    attributes: {
      Arn: arn('scheduler', (r) => `schedule/${scheduleGroup(r)}/${scheduleName(r)}`),
    },
  },
  'AWS::Scheduler::ScheduleGroup': {
    ref: scheduleName,
    attributes: { Arn: arn('scheduler', (r) => `schedule-group/${scheduleName(r)}`) },
  },
  'AWS::S3::Bucket': {
    ref: bucketName,
    attributes: {
      Arn: (r) => `arn:aws:s3:::${bucketName(r)}`,
      DomainName: (r) => `${bucketName(r)}.s3.amazonaws.com`,
      RegionalDomainName: (r) => `${bucketName(r)}.s3.${r.region}.amazonaws.com`,
    },
  },
  'AWS::S3::BucketPolicy': { ref: opaque, attributes: {} },
  'AWS::KMS::Key': {
    ref: keyId,
    attributes: { Arn: arn('kms', (r) => `key/${keyId(r)}`), KeyId: keyId },
  },
  'AWS::KMS::Alias': { ref: (r) => asText(r.property('AliasName'), 'AliasName'), attributes: {} },
  'AWS::SecretsManager::Secret': { ref: secretArn, attributes: { Id: secretArn } },
  'AWS::SecretsManager::ResourcePolicy': { ref: opaque, attributes: {} },
  'AWS::Cognito::UserPool': {
    ref: poolId,
    attributes: {
      Arn: arn('cognito-idp', (r) => `userpool/${poolId(r)}`),
      ProviderName: poolProvider,
      ProviderURL: (r) => `https://${poolProvider(r)}`,
      UserPoolId: poolId,
    },
  },
  'AWS::Cognito::UserPoolClient': {
    ref: clientId,
    attributes: { ClientId: clientId, ClientSecret: (r) => stableText(`${seed(r)}/secret`, 51) },
  },
  'AWS::Cognito::UserPoolResourceServer': {
    ref: (r) => asText(r.property('Identifier'), 'Identifier'),
    attributes: {},
  },
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': alarm,
  'AWS::CDK::Metadata': inert(),
  'AWS::CloudWatch::Dashboard': inert(named('DashboardName', 255)),
  'AWS::Logs::LogGroup': inert(logGroupName, {
    Arn: arn('logs', (r) => `log-group:${logGroupName(r)}:*`),
  }),
  'AWS::Logs::QueryDefinition': inert(),
  'AWS::SNS::Topic': inert(topicArn, { TopicArn: topicArn, TopicName: topicName }),
  'AWS::SNS::TopicPolicy': inert(),
  'AWS::SNS::Subscription': inert(),
  'AWS::Cognito::UserPoolDomain': inert((r) => asText(r.property('Domain'), 'Domain')),
  'AWS::Cognito::UserPoolGroup': inert((r) => asText(r.property('GroupName'), 'GroupName')),
  'AWS::ApplicationAutoScaling::ScalableTarget': inert(opaque, { Id: opaque }),
  'AWS::ApplicationAutoScaling::ScalingPolicy': inert(opaque, {
    Arn: arn('autoscaling', (r) => `scalingPolicy:${stableUuid(seed(r))}`),
  }),
  'AWS::SSM::Parameter': inert(named('Name', 1011), {
    Value: (r) => asText(r.property('Value'), 'parameter value'),
    Type: (r) => asText(r.property('Type'), 'parameter type'),
  }),
};
