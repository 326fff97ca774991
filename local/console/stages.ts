import type { Slowness } from '#local/lambda/stage-faults.ts';
import type { StageName } from './snapshot.ts';

type StageDefinition = {
  readonly metric: string;
  readonly budgetMs: number;
  /** What makes this stage slow and no other; absent where nothing here does. */
  readonly brake?: Omit<Slowness, 'ms'> | 'gateway_api';
};

/**
 * The product's stages as its metrics name them. Each brake acts between the two moments that the
 * stage is measured by: a slow `SendMessage` holds the receiver, a slow start of the settling
 * function leaves messages in the queue, a slow transaction holds settlement, and so on.
 */
export const STAGE_DEFINITIONS: Readonly<Record<StageName, StageDefinition>> = {
  reported: { metric: 'StageReportedMs', budgetMs: 30_000 },
  receive: {
    metric: 'StageReceiveMs',
    budgetMs: 300,
    brake: { service: 'sqs', function: 'ReceiveWebhook' },
  },
  queue: { metric: 'StageQueueMs', budgetMs: 500, brake: { function: 'SettlePayments' } },
  reread: { metric: 'StageRereadMs', budgetMs: 1500, brake: 'gateway_api' },
  settle: {
    metric: 'StageSettleMs',
    budgetMs: 600,
    brake: { service: 'dynamodb', operation: 'TransactWriteItems', function: 'SettlePayments' },
  },
  publish: {
    metric: 'StagePublishMs',
    budgetMs: 1000,
    brake: { service: 'events', operation: 'PutEvents', function: 'PublishEvents' },
  },
  deliver: {
    metric: 'StageDeliverMs',
    budgetMs: 1000,
    brake: { service: 'dynamodb', operation: 'PutItem', function: 'UpdateAccess' },
  },
};

/** Which stage an alarm accuses, by the beginning of its name after product and environment. */
const ACCUSATIONS: readonly (readonly [RegExp, StageName])[] = [
  [/-Stage-reported-/, 'reported'],
  [/-Stage-receive-|-ReceiveWebhook-|-Webhooks(Api)?-/, 'receive'],
  [/-Stage-queue-|-SettlePayments-Delayed$/, 'queue'],
  [/-Stage-reread-/, 'reread'],
  [/-Stage-settle-|-SettlePayments-|-LedgerTable-/, 'settle'],
  [/-Stage-publish-|-PublishEvents-|-Events-/, 'publish'],
  [/-Stage-deliver-|-UpdateAccess-/, 'deliver'],
];

export function stageOfAlarm(alarmName: string): StageName | undefined {
  return ACCUSATIONS.find(([pattern]) => pattern.test(alarmName))?.[1];
}
