import { environmentOf, hostFor } from '#local/cloud/assembly-host.ts';
import { createEngines, type Engines, type Servers, servicesByName } from '#local/cloud/engines.ts';
import { frontDoor, openApiPorts } from '#local/cloud/front-door.ts';
import { publishQueueMetrics } from '#local/cloud/metrics.ts';
import { Problems } from '#local/cloud/problems.ts';
import { buildRuntime, type Runtime } from '#local/cloud/runtime.ts';
import { eventDelivery, type Late, scheduleDelivery } from '#local/cloud/senders.ts';
import { DurableState, type Restorable } from '#local/durability/durable-state.ts';
import { KEPT_VALUES, KeptValues } from '#local/durability/kept-values.ts';
import type { Targets } from '#local/event-sources/targets.ts';
import { LoopbackServer } from '#local/http/server.ts';
import type { TokenRequest } from '#local/http/user-pools.ts';
import type { Grant, GrantFilter } from '#local/iam/iam.ts';
import { type Clock, systemClock } from '#local/kernel/clock.ts';
import { FunctionLogs, type LogLine } from '#local/lambda/function-logs.ts';
import type { InvocationOutcome, PoolStats } from '#local/lambda/function-pool.ts';
import type { Slowness } from '#local/lambda/stage-faults.ts';
import { provide } from '#local/provision/provide.ts';
import { readAssembly, type StackTemplate } from '#local/template/assembly.ts';
import { Deployment, type Resource } from '#local/template/deployment.ts';
import type { JsonObject } from '#local/template/json.ts';

export type CloudOptions = {
  /** The folder that `cdk synth` wrote. */
  assembly: string;
  /** Keeps all state here; without it the cloud forgets everything when it stops. */
  dataDir?: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** API name -> a port of its own (0 takes a free one). */
  apiPorts?: Readonly<Record<string, number>>;
  clock?: Clock;
  /** Told about everything that went wrong without anybody waiting for an answer. */
  log?: (message: string) => void;
  /** Writes what functions print to one file each. */
  logDir?: string;
  /** Environments per function on this machine. */
  maxEnvironments?: number;
  /** Other servers of DynamoDB and SQS, which the functions call instead of the engines. */
  servers?: Servers;
};

export type Cloud = {
  /** What `AWS_ENDPOINT_URL` should be. */
  endpoint: string;
  /** By API name. */
  apiUrls: Readonly<Record<string, string>>;
  services: Engines;
  /** The resources of the template, resolved. */
  resources(...types: readonly string[]): Resource[];
  /** Every grant of the template's policies, and whether a call has needed it. */
  iamReport(): Grant[];
  /** Used grants whose removal would deny nothing. */
  dispensableGrants(): Grant[];
  /** Takes matching grants away until the returned function is called. */
  withoutGrant(filter: GrantFilter): () => void;
  /** An access token of a user pool, named by logical id. */
  mintToken(userPool: string, request?: TokenRequest): Promise<string>;
  slow(rule: Slowness): void;
  unslow(): void;
  /** Functions are named by a part of their name or logical id. */
  invoke(functionName: string, event: unknown): Promise<InvocationOutcome>;
  logs(functionName: string): readonly LogLine[];
  functions(): Record<string, PoolStats>;
  queues(): Record<string, ReturnType<Engines['sqs']['stats']>>;
  /** Alarm name -> present state. */
  alarms(): ReturnType<Engines['cloudWatch']['alarmStates']>;
  problems(): readonly string[];
  /** Settles when the provisioned environments are ready. */
  warm: Promise<void>;
  stop(): Promise<void>;
};

const DEFAULT_MAX_ENVIRONMENTS = 4;

/** Starts everything that the assembly describes. A part that cannot run stops the start. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const stacks = readAssembly(options.assembly);
  const durable = new DurableState(options.dataDir);
  const server = new LoopbackServer();
  try {
    const port = await server.listen(options.port ?? 0);
    return await start(options, stacks, durable, server, `http://127.0.0.1:${port}`);
  } catch (error) {
    await server.close();
    durable.close();
    throw error;
  }
}

async function start(
  options: CloudOptions,
  stacks: readonly StackTemplate[],
  durable: DurableState,
  server: LoopbackServer,
  endpoint: string,
): Promise<Cloud> {
  const clock = options.clock ?? systemClock();
  const environment = environmentOf(stacks);
  const host = hostFor(environment, clock, durable.persist);
  const targets: Late<Targets> = { current: undefined };
  const deliver = {
    events: eventDelivery(targets, environment.accountId),
    schedules: scheduleDelivery(targets, environment.accountId),
  };
  const servers = options.servers ?? {};
  const engines = createEngines(host, deliver, servers);
  const kept = new KeptValues(host);
  const parts: [string, Restorable][] = [...servicesByName(engines), [KEPT_VALUES, kept]];
  durable.load(new Map(parts));

  const identities = new Map<string, JsonObject>();
  const deployment = new Deployment({
    ...environment,
    stacks,
    identities,
    addresses: addressesAt(endpoint, servers.sqs?.endpoint ?? endpoint),
  });
  await provide(deployment, engines, kept, identities);
  const problems = new Problems(clock, options.log);
  const logs = new FunctionLogs(options.logDir);
  const runtime = buildRuntime({
    deployment,
    engines,
    kept,
    clock,
    endpoint,
    servers,
    logs,
    region: environment.region,
    maxEnvironments: options.maxEnvironments ?? DEFAULT_MAX_ENVIRONMENTS,
    onProblem: (message) => problems.add(message),
  });
  targets.current = runtime.targets;
  server.handler = frontDoor(runtime.gateways, runtime.aws, runtime.pools);
  const apis = await openApiPorts(runtime.gateways, options.apiPorts ?? {});
  const listening = [server, ...apis.servers];
  setInMotion(runtime, engines);
  const stopMetrics = publishQueueMetrics(clock, engines.sqs, engines.cloudWatch);
  return {
    ...view(runtime, engines, logs),
    endpoint,
    apiUrls: { ...apiPaths(runtime, endpoint), ...apis.urls },
    services: engines,
    resources: (...types) => deployment.resources(...types),
    problems: () => problems.all(),
    // Not awaited here: what is called meanwhile starts an environment of its own, as in the cloud.
    warm: runtime.functions.warmUp(),
    async stop() {
      stopMetrics();
      await stopRuntime(runtime, listening);
      durable.close();
    },
  };
}

function addressesAt(endpoint: string, queues: string) {
  return {
    queueUrl: (name: string, accountId: string) => `${queues}/${accountId}/${name}`,
    apiUrl: (apiId: string) => `${endpoint}/_api/${apiId}`,
  };
}

function apiPaths({ gateways }: Runtime, endpoint: string): Record<string, string> {
  return Object.fromEntries(
    gateways.map(({ api }) => [api.name, `${endpoint}/_api/${encodeURIComponent(api.name)}`]),
  );
}

/** The order matters: whoever is called must be ready before whoever calls. */
function setInMotion(runtime: Runtime, engines: Engines): void {
  for (const mapping of runtime.mappings) mapping.start();
  runtime.asyncInvocations.resume();
  engines.events.resume();
  engines.scheduler.resume();
}

async function stopRuntime(
  { mappings, asyncInvocations, functions }: Runtime,
  servers: readonly LoopbackServer[],
): Promise<void> {
  for (const mapping of mappings) mapping.stop();
  asyncInvocations.stop();
  await Promise.all(servers.map((server) => server.close()));
  await functions.stop();
}

/** What can be asked and done while the cloud runs. */
function view(runtime: Runtime, { sqs, cloudWatch }: Engines, logs: FunctionLogs) {
  const { iam, functions, pools, faults } = runtime;
  return {
    iamReport: () => iam.report(),
    dispensableGrants: () => iam.dispensable(),
    withoutGrant: (filter: GrantFilter) => iam.withoutGrant(filter),
    mintToken: (userPool: string, request?: TokenRequest) => pools.mint(userPool, request),
    slow: (rule: Slowness) => faults.slow(rule),
    unslow: () => faults.unslow(),
    invoke: (name: string, event: unknown) => functions.find(name).invoke(JSON.stringify(event)),
    logs: (name: string) => logs.of(functions.find(name).config.name),
    functions: () =>
      Object.fromEntries(functions.pools().map((pool) => [pool.config.name, pool.stats()])),
    alarms: () => cloudWatch.alarmStates(),
    queues: () => Object.fromEntries(sqs.queueNames().map((name) => [name, sqs.stats(name)])),
  };
}
