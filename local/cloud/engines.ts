import { type CloudWatchService, createCloudWatch } from '#local/cloudwatch/cloudwatch.ts';
import { createDynamoDb, type DynamoDbService } from '#local/dynamodb/dynamodb.ts';
import type { DeliverEvents } from '#local/events/deliveries.ts';
import { createEvents, type EventsService } from '#local/events/events.ts';
import type { Host, Service } from '#local/kernel/service.ts';
import { createKms } from '#local/kms/kms.ts';
import { createS3, type S3Service } from '#local/s3/s3.ts';
import type { InvokeSchedules } from '#local/scheduler/runner.ts';
import { createScheduler, type SchedulerService } from '#local/scheduler/scheduler.ts';
import { createSecrets, type SecretsService } from '#local/secrets/secrets.ts';
import { createSqs, type SqsService } from '#local/sqs/sqs.ts';

/** The emulated services of one cloud. */
export type Engines = {
  dynamoDb: DynamoDbService;
  sqs: SqsService;
  events: EventsService;
  scheduler: SchedulerService;
  secrets: SecretsService;
  kms: Service;
  s3: S3Service;
  cloudWatch: CloudWatchService;
};

/** How the engines that call others reach them. */
export type Deliver = { events: DeliverEvents; schedules: InvokeSchedules };

/**
 * Another server that functions call instead of an engine of the cloud, at its own address. The
 * cloud itself (event sources, targets, provisioning) uses it through `service`.
 */
export type Server<Engine> = { readonly endpoint: string; readonly service: Engine };
export type Servers = {
  readonly dynamoDb?: Server<DynamoDbService>;
  readonly sqs?: Server<SqsService>;
};

export function createEngines(host: Host, deliver: Deliver, servers: Servers = {}): Engines {
  return {
    dynamoDb: servers.dynamoDb?.service ?? createDynamoDb(host),
    sqs: servers.sqs?.service ?? createSqs(host),
    events: createEvents(host, deliver.events),
    scheduler: createScheduler(host, deliver.schedules),
    secrets: createSecrets(host),
    kms: createKms(host),
    s3: createS3(host),
    cloudWatch: createCloudWatch(host),
  };
}

/** What the AWS SDK in the functions reads to find them. */
export function endpointVariables({ dynamoDb, sqs }: Servers): Record<string, string> {
  return {
    ...(dynamoDb && { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint }),
    ...(sqs && { AWS_ENDPOINT_URL_SQS: sqs.endpoint }),
  };
}

/** By the name under which each stands in calls and in the journal. */
export function servicesByName(engines: Engines): ReadonlyMap<string, Service> {
  return new Map(Object.values(engines).map((service) => [service.name, service]));
}
