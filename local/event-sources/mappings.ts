import type { KeptValues } from '#local/durability/kept-values.ts';
import type { DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import { compilePattern } from '#local/events/pattern.ts';
import type { Access } from '#local/iam/access.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import type { FunctionPool } from '#local/lambda/function-pool.ts';
import type { Functions } from '#local/lambda/functions.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import { isObject } from '#local/template/json.ts';
import type { MappingConfig } from './mapping-config.ts';
import { SqsMapping } from './sqs-mapping.ts';
import { StreamMapping } from './stream-mapping.ts';

export type MappingsOptions = {
  configs: readonly MappingConfig[];
  functions: Functions;
  sqs: SqsService;
  dynamoDb: DynamoDbService;
  access: Access;
  kept: KeptValues;
  clock: Clock;
  region: string;
  maxEnvironments: number;
  /** The visibility timeout of a queue, by ARN. */
  visibilityMs(queueArn: string): number;
  sendAs(pool: FunctionPool, queueArn: string, body: string): Promise<void>;
  onIteratorAge(functionName: string, ageMs: number): void;
  onProblem(message: string): void;
};

export type Mapping = { start(): void; stop(): void };

/** The event source mappings of the template, ready to be started. */
export function createMappings(options: MappingsOptions): Mapping[] {
  return options.configs.map((config) => createMapping(config, options));
}

function createMapping(config: MappingConfig, options: MappingsOptions): Mapping {
  const { functions, access, clock, kept, onProblem } = options;
  const pool = functions.pool(config.functionName);
  const common = {
    config,
    pool,
    access,
    clock,
    onProblem,
    principal: access.iam.roleByArn(pool.config.roleArn).id,
    passes: filterOf(config),
  };
  if (config.kind === 'sqs') {
    const { sqs, region, maxEnvironments } = options;
    const visibilityMs = options.visibilityMs(config.sourceArn);
    return new SqsMapping({ ...common, sqs, region, maxEnvironments, visibilityMs });
  }
  return new StreamMapping({
    ...common,
    kept,
    dynamoDb: options.dynamoDb,
    sendFailure: (queueArn, body) => options.sendAs(pool, queueArn, body),
    onIteratorAge: (ageMs) => options.onIteratorAge(pool.config.name, ageMs),
  });
}

/** Filters see a message's body as JSON where it is JSON, as Lambda's filters do. */
function filterOf(config: MappingConfig): (record: Json) => boolean {
  if (config.patterns.length === 0) return () => true;
  const patterns = config.patterns.map((text) => compilePattern(text));
  return (record) => {
    const seen = config.kind === 'sqs' ? withParsedBody(record) : record;
    return patterns.some((matches) => matches(seen));
  };
}

function withParsedBody(record: Json): Json {
  try {
    const body: unknown = JSON.parse(String(record['body']));
    return isObject(body) ? { ...record, body } : record;
  } catch {
    return record;
  }
}
