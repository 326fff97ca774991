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

export function createEngines(host: Host, deliver: Deliver): Engines {
  return {
    dynamoDb: createDynamoDb(host),
    sqs: createSqs(host),
    events: createEvents(host, deliver.events),
    scheduler: createScheduler(host, deliver.schedules),
    secrets: createSecrets(host),
    kms: createKms(host),
    s3: createS3(host),
    cloudWatch: createCloudWatch(host),
  };
}

/** By the name under which each stands in calls and in the journal. */
export function servicesByName(engines: Engines): ReadonlyMap<string, Service> {
  return new Map(Object.values(engines).map((service) => [service.name, service]));
}
