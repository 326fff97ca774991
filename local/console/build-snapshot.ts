import type { GatewayStats } from '#local/acquirers/server.ts';
import type { Cloud } from '#local/cloud.ts';
import type { CloudWatchService } from '#local/cloudwatch/cloudwatch.ts';
import { alarmsOf, functionsOf, queuesOf, readableNames } from './cloud-views.ts';
import { Measures } from './measures.ts';
import type { GatewayView, LoadView, RecordsView, Snapshot, StageName } from './snapshot.ts';

/** The part of the cloud that the console looks at. */
export type WatchedCloud = Pick<Cloud, 'queues' | 'functions' | 'problems' | 'resources'> & {
  readonly services: {
    readonly cloudWatch: Pick<CloudWatchService, 'values' | 'call' | 'alarmHistory'>;
  };
};

export type SnapshotSources = {
  readonly cloud: WatchedCloud;
  gatewayStats(): readonly GatewayStats[];
  slowedUntilMs(stage: StageName): number | undefined;
  load(): LoadView;
  records(): RecordsView;
};

const SHOWN_PROBLEMS = 6;

/** Prepares what does not change, and gives a function that looks at everything at one moment. */
export function createSnapshots(sources: SnapshotSources): (nowMs: number) => Promise<Snapshot> {
  const { cloud, gatewayStats, slowedUntilMs, load, records } = sources;
  const queueNames = readableNames(cloud, 'AWS::SQS::Queue');
  const functionNames = readableNames(cloud, 'AWS::Lambda::Function');
  return async (nowMs) => {
    const { cloudWatch } = cloud.services;
    const measures = new Measures(cloudWatch, nowMs);
    return {
      atMs: nowMs,
      stages: measures
        .stages()
        .map((stage) => ({ ...stage, slowedUntilMs: slowedUntilMs(stage.name) ?? null })),
      whole: measures.whole(),
      timeline: measures.timeline(),
      gateways: gatewayStats().map((stats) => gatewayView(stats, measures)),
      queues: queuesOf(cloud.queues(), queueNames),
      functions: functionsOf(cloud.functions(), functionNames),
      alarms: await alarmsOf(cloudWatch),
      records: records(),
      load: load(),
      problems: cloud.problems().slice(-SHOWN_PROBLEMS).reverse(),
    };
  };
}

function gatewayView(
  { gateway, isOut, waiting, acknowledged, givenUp }: GatewayStats,
  measures: Measures,
): GatewayView {
  return {
    name: gateway,
    isOut,
    waiting,
    acknowledged,
    givenUp,
    settledLastMinute: measures.countOf('Settled', gateway),
    receivedToPaid: measures.latency('ReceivedToPaidMs', gateway),
  };
}
