import type { KeptValues } from '#local/durability/kept-values.ts';
import { readMappings } from '#local/event-sources/mapping-config.ts';
import { createMappings, type Mapping } from '#local/event-sources/mappings.ts';
import { Targets } from '#local/event-sources/targets.ts';
import { readApis } from '#local/http/api-definition.ts';
import { ApiGateway } from '#local/http/api-gateway.ts';
import { AwsFront } from '#local/http/aws-front.ts';
import { UserPools } from '#local/http/user-pools.ts';
import { Access } from '#local/iam/access.ts';
import { Iam } from '#local/iam/iam.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json, Service } from '#local/kernel/service.ts';
import { AsyncInvocations, DEFAULT_ASYNC_POLICY } from '#local/lambda/async-invocations.ts';
import { readAsyncPolicies } from '#local/lambda/async-policy.ts';
import { type FunctionConfig, readFunctions } from '#local/lambda/function-config.ts';
import type { FunctionLogs } from '#local/lambda/function-logs.ts';
import { Functions } from '#local/lambda/functions.ts';
import { StageFaults } from '#local/lambda/stage-faults.ts';
import type { Deployment } from '#local/template/deployment.ts';
import { optionalNumber } from '#local/template/json.ts';
import { type Engines, endpointVariables, type Servers, servicesByName } from './engines.ts';
import { meteredTables } from './metered-tables.ts';
import { observeApi, observeFunction } from './metrics.ts';
import { wireProtocols } from './protocols.ts';
import { senderAs } from './senders.ts';

export type RuntimeOptions = {
  deployment: Deployment;
  engines: Engines;
  kept: KeptValues;
  clock: Clock;
  endpoint: string;
  servers: Servers;
  region: string;
  maxEnvironments: number;
  logs: FunctionLogs;
  onProblem(message: string): void;
};

/** Everything that runs: the template's functions and what calls them. */
export type Runtime = {
  iam: Iam;
  access: Access;
  functions: Functions;
  asyncInvocations: AsyncInvocations;
  targets: Targets;
  mappings: readonly Mapping[];
  gateways: readonly ApiGateway[];
  aws: AwsFront;
  pools: UserPools;
  faults: StageFaults;
};

export function buildRuntime(options: RuntimeOptions): Runtime {
  const { deployment, engines, kept, clock, onProblem } = options;
  const resources = deployment.resources();
  const iam = new Iam(resources);
  const access = new Access(iam, resources);
  const configs = readFunctions(deployment);
  const faults = new StageFaults({
    functions: configs.map(({ name }) => name),
    services: [...servicesByName(engines).keys()],
  });
  const functions = buildFunctions(options, configs, iam, faults);
  const asyncInvocations = buildAsyncInvocations(options, access, functions);
  functions.asyncInvocations = asyncInvocations;
  const pools = new UserPools(deployment, kept, clock);
  const targets = new Targets({ access, sqs: engines.sqs, asyncInvocations });
  noteUnseenUse(configs, iam);
  return {
    iam,
    access,
    functions,
    asyncInvocations,
    targets,
    pools,
    faults,
    mappings: buildMappings(options, access, functions),
    gateways: buildGateways(options, access, functions, pools),
    aws: new AwsFront({
      services: frontServices(engines, functions, clock),
      access,
      clock,
      protocols: wireProtocols(),
      delayMs: (principal, { service, operation }) =>
        faults.ofCall(functions.namesOf(principal), service, operation),
      finish: (_call, output) => withLocalQueueUrls(output, options.endpoint),
      onProblem,
    }),
  };
}

/** What callers reach by the AWS protocols: the engines, and Lambda itself. */
function frontServices(
  engines: Engines,
  functions: Functions,
  clock: Clock,
): ReadonlyMap<string, Service> {
  const dynamodb = meteredTables(engines.dynamoDb, engines.cloudWatch, clock);
  return new Map([...servicesByName(engines), ['dynamodb', dynamodb], ['lambda', functions]]);
}

function buildFunctions(
  options: RuntimeOptions,
  configs: readonly FunctionConfig[],
  iam: Iam,
  faults: StageFaults,
): Functions {
  const { engines, clock, endpoint, servers, maxEnvironments, logs } = options;
  return new Functions({
    configs,
    iam,
    clock,
    endpoint,
    endpointVariables: endpointVariables(servers),
    maxEnvironments,
    faults,
    observe: (config) => observeFunction(config, { clock, cloudWatch: engines.cloudWatch, logs }),
  });
}

function buildAsyncInvocations(
  { deployment, engines, kept, clock, onProblem }: RuntimeOptions,
  access: Access,
  functions: Functions,
): AsyncInvocations {
  const policies = readAsyncPolicies(deployment);
  return new AsyncInvocations({
    clock,
    kept,
    onProblem,
    pool: (name) => functions.pool(name),
    policy: (name) => policies.get(name) ?? DEFAULT_ASYNC_POLICY,
    sendToQueue: senderAs(access, engines.sqs),
  });
}

function buildMappings(
  options: RuntimeOptions,
  access: Access,
  functions: Functions,
): readonly Mapping[] {
  const { deployment, engines, kept, clock, region, maxEnvironments, onProblem } = options;
  const { sqs, dynamoDb, cloudWatch } = engines;
  return createMappings({
    configs: readMappings(deployment),
    functions,
    sqs,
    dynamoDb,
    access,
    kept,
    clock,
    region,
    maxEnvironments,
    visibilityMs: visibilityOf(deployment),
    sendAs: senderAs(access, sqs),
    onIteratorAge: (FunctionName, ageMs) =>
      cloudWatch.putValue(
        'AWS/Lambda',
        'IteratorAge',
        { FunctionName },
        ageMs,
        clock.now(),
        'Milliseconds',
      ),
    onProblem,
  });
}

const DEFAULT_VISIBILITY_SECONDS = 30;

function visibilityOf(deployment: Deployment): (queueArn: string) => number {
  const queues = deployment.resources('AWS::SQS::Queue');
  return (queueArn) => {
    const queue = queues.find(({ arn }) => arn === queueArn);
    const seconds = optionalNumber(queue?.properties['VisibilityTimeout'], queueArn);
    return (seconds ?? DEFAULT_VISIBILITY_SECONDS) * 1000;
  };
}

function buildGateways(
  { deployment, engines, clock, onProblem }: RuntimeOptions,
  access: Access,
  functions: Functions,
  pools: UserPools,
): readonly ApiGateway[] {
  return readApis(deployment).map(
    (api) =>
      new ApiGateway({
        api,
        access,
        clock,
        verifier: pools,
        onProblem,
        onRequest: observeApi(api.id, clock, engines.cloudWatch),
        invoke: (functionArn, payload) =>
          functions.pool(functionArn).invoke(payload, { invokedArn: functionArn }),
      }),
  );
}

/** Logs and traces leave a function without a call that could be checked: count them as needed. */
function noteUnseenUse(configs: readonly FunctionConfig[], iam: Iam): void {
  for (const config of configs) {
    const { id } = iam.roleByArn(config.roleArn);
    const account = config.arn.split(':')[4] ?? '';
    const logs = `arn:aws:logs:${config.region}:${account}:log-group:${config.logGroupName}`;
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
      iam.noteUse(id, action, `${logs}:*`);
      iam.noteUse(id, action, `${logs}:log-stream:any`);
    }
    if (!config.isTraced) continue;
    iam.noteUse(id, 'xray:PutTraceSegments', '*');
    iam.noteUse(id, 'xray:PutTelemetryRecords', '*');
  }
}

/** A client that asks for a queue's address gets the one that leads back here. */
function withLocalQueueUrls(output: Json, endpoint: string): Json {
  const { QueueUrl: url, QueueUrls: urls } = output;
  const localize = (value: unknown) =>
    typeof value === 'string' ? value.replace(/^https:\/\/sqs\.[^/]+/, endpoint) : value;
  return {
    ...output,
    ...(url === undefined ? {} : { QueueUrl: localize(url) }),
    ...(Array.isArray(urls) ? { QueueUrls: urls.map(localize) } : {}),
  };
}
