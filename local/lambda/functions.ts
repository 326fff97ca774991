import type { Iam } from '#local/iam/iam.ts';
import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Caller, Json, Permission, Service } from '#local/kernel/service.ts';
import { asText } from '#local/template/json.ts';
import type { AsyncInvocations } from './async-invocations.ts';
import type { FunctionConfig } from './function-config.ts';
import { functionNameOf } from './function-config.ts';
import { FunctionPool, type PoolObserver } from './function-pool.ts';
import type { StageFaults } from './stage-faults.ts';

export type FunctionsOptions = {
  configs: readonly FunctionConfig[];
  iam: Iam;
  clock: Clock;
  /** Where the AWS clients inside the functions connect to. */
  endpoint: string;
  /** Addresses of services that live elsewhere, as variables of the SDK. */
  endpointVariables: Readonly<Record<string, string>>;
  maxEnvironments: number;
  faults: StageFaults;
  observe(config: FunctionConfig): PoolObserver;
};

/** All functions of the template. As a service of the front it answers `lambda:Invoke`. */
export class Functions implements Service {
  readonly name = 'lambda';
  readonly #pools: ReadonlyMap<string, FunctionPool>;
  readonly #namesByPrincipal: ReadonlyMap<string, readonly string[]>;
  /** Set once both exist: each needs the other. */
  asyncInvocations: AsyncInvocations | undefined;

  constructor(options: FunctionsOptions) {
    const { configs, iam } = options;
    this.#pools = new Map(configs.map((config) => [config.name, newPool(config, options)]));
    const names = new Map<string, string[]>();
    for (const { roleArn, name } of configs) {
      const { id } = iam.roleByArn(roleArn);
      names.set(id, [...(names.get(id) ?? []), name]);
    }
    this.#namesByPrincipal = names;
  }

  /** By name, ARN, or the ARN of an alias or version. */
  pool(reference: string): FunctionPool {
    const pool = this.#pools.get(functionNameOf(reference));
    if (pool) return pool;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${reference}`, 404);
  }

  pools(): readonly FunctionPool[] {
    return [...this.#pools.values()];
  }

  /** The function whose name contains the text. Throws unless it is exactly one. */
  find(namePart: string): FunctionPool {
    const exact = this.#pools.get(namePart);
    if (exact) return exact;
    const found = this.pools().filter(
      ({ config }) => config.name.includes(namePart) || config.logicalId.includes(namePart),
    );
    const [only] = found;
    if (found.length === 1 && only) return only;
    throw new Error(`${found.length} functions are named like ${namePart}`);
  }

  /** The functions that call with this role. */
  namesOf(principal: string): readonly string[] {
    return this.#namesByPrincipal.get(principal) ?? [];
  }

  permissions(_operation: string, input: Json): readonly Permission[] {
    const { config } = this.pool(asText(input['FunctionName'], 'FunctionName'));
    const qualifier = input['Qualifier'];
    const resource = qualifier === undefined ? config.arn : `${config.arn}:${String(qualifier)}`;
    return [{ action: 'lambda:InvokeFunction', resource }];
  }

  async call(operation: string, input: Json, _caller: Caller): Promise<Json> {
    if (operation !== 'Invoke') throw notEmulated('lambda', operation);
    const pool = this.pool(asText(input['FunctionName'], 'FunctionName'));
    const payload = asText(input['Payload'] ?? '', 'Payload') || '{}';
    const type = input['InvocationType'] ?? 'RequestResponse';
    if (type === 'DryRun') return { StatusCode: 204 };
    if (type === 'Event') {
      this.asyncInvocations?.accept(pool.config.name, pool.config.arn, payload);
      return { StatusCode: 202 };
    }
    const outcome = await pool.invoke(payload);
    if (outcome.kind === 'throttled') {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    if (outcome.kind === 'ok') return { StatusCode: 200, Payload: outcome.payload };
    return { StatusCode: 200, FunctionError: 'Unhandled', Payload: JSON.stringify(outcome.error) };
  }

  /** Functions come from the template: there is nothing to restore. */
  restore(): void {}

  snapshot(): Iterable<Json> {
    return [];
  }

  /** One function after the other: loading all bundles at once would starve the first callers. */
  async warmUp(): Promise<void> {
    for (const pool of this.pools()) await pool.warmUp();
  }

  async stop(): Promise<void> {
    await Promise.all(this.pools().map((pool) => pool.stop()));
  }
}

function newPool(config: FunctionConfig, options: FunctionsOptions): FunctionPool {
  const { iam, clock, endpoint, endpointVariables, maxEnvironments, faults, observe } = options;
  const { accessKeyId } = iam.roleByArn(config.roleArn);
  return new FunctionPool({
    config,
    clock,
    maxEnvironments,
    observer: observe(config),
    delayMs: () => faults.ofInvocation(config.name),
    variables: {
      AWS_REGION: config.region,
      AWS_DEFAULT_REGION: config.region,
      AWS_LAMBDA_FUNCTION_NAME: config.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: config.logGroupName,
      AWS_LAMBDA_INITIALIZATION_TYPE:
        config.provisionedConcurrency > 0 ? 'provisioned-concurrency' : 'on-demand',
      // Lambda reserves this name, so a function can trust it to tell where it really runs.
      AWS_EXECUTION_ENV: 'Local_nodejs24.x',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: endpoint,
      ...endpointVariables,
    },
  });
}
