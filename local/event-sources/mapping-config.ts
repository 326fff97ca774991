import { functionNameOf } from '#local/lambda/function-config.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import {
  asText,
  isObject,
  listOf,
  optionalNumber,
  optionalText,
  textsOf,
} from '#local/template/json.ts';

/** An event source mapping of the template, with Lambda's defaults filled in. */
export type MappingConfig = {
  id: string;
  kind: 'sqs' | 'stream';
  sourceArn: string;
  functionName: string;
  /** The function, alias or version that is called. */
  functionReference: string;
  batchSize: number;
  windowMs: number;
  reportsItemFailures: boolean;
  isEnabled: boolean;
  /** Event patterns; a record must match one of them. Without patterns all match. */
  patterns: readonly string[];
  /** SQS only. */
  maxConcurrency: number | undefined;
  /** Streams only. */
  startsAtOldest: boolean;
  bisects: boolean;
  maxRetries: number;
  maxRecordAgeMs: number;
  onFailure: string | undefined;
};

const DEFAULT_BATCH_SIZE = { sqs: 10, stream: 100 };

/** Properties whose effect would be missing silently. */
const NOT_EMULATED = [
  'TumblingWindowInSeconds',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'Topics',
  'Queues',
  'DocumentDBEventSourceConfig',
];

export function readMappings(deployment: Deployment): MappingConfig[] {
  return deployment.resources('AWS::Lambda::EventSourceMapping').map(readMapping);
}

function readMapping({ properties, id }: Resource): MappingConfig {
  const refused = NOT_EMULATED.find((name) => properties[name] !== undefined);
  if (refused) throw new Error(`${id}: ${refused} is not emulated`);
  const sourceArn = asText(properties['EventSourceArn'], `EventSourceArn of ${id}`);
  const kind = kindOf(sourceArn, id);
  const functionReference = asText(properties['FunctionName'], `FunctionName of ${id}`);
  const number = (name: string) => optionalNumber(properties[name], `${name} of ${id}`);
  return {
    id,
    kind,
    sourceArn,
    functionReference,
    functionName: functionNameOf(functionReference),
    batchSize: number('BatchSize') ?? DEFAULT_BATCH_SIZE[kind],
    windowMs: (number('MaximumBatchingWindowInSeconds') ?? 0) * 1000,
    reportsItemFailures: textsOf(properties['FunctionResponseTypes'], id).includes(
      'ReportBatchItemFailures',
    ),
    isEnabled: properties['Enabled'] !== false,
    patterns: patternsOf(properties['FilterCriteria'], id),
    maxConcurrency: optionalNumber(field(properties['ScalingConfig'], 'MaximumConcurrency'), id),
    startsAtOldest: properties['StartingPosition'] !== 'LATEST',
    bisects: properties['BisectBatchOnFunctionError'] === true,
    maxRetries: unlimited(number('MaximumRetryAttempts')),
    maxRecordAgeMs: unlimited(number('MaximumRecordAgeInSeconds')) * 1000,
    onFailure: optionalText(
      field(field(properties['DestinationConfig'], 'OnFailure'), 'Destination'),
      id,
    ),
  };
}

function kindOf(sourceArn: string, id: string): MappingConfig['kind'] {
  const service = sourceArn.split(':')[2];
  if (service === 'sqs') return 'sqs';
  if (service === 'dynamodb') return 'stream';
  throw new Error(`${id}: event sources of ${service} are not emulated`);
}

/** Lambda writes "no limit" as -1 or by leaving the property out. */
function unlimited(value: number | undefined): number {
  return value === undefined || value < 0 ? Number.POSITIVE_INFINITY : value;
}

function patternsOf(criteria: unknown, id: string): string[] {
  return listOf(field(criteria, 'Filters')).map((filter) =>
    asText(field(filter, 'Pattern'), `filter of ${id}`),
  );
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
