import { clockSkew } from './clock-skew.ts';
import { conflict } from './conflict.ts';
import { crashAfter } from './crash-after.ts';
import { crashBefore } from './crash-before.ts';
import { delay } from './delay.ts';
import { duplicate } from './duplicate.ts';
import { errorCodes } from './error-codes.ts';
import type { Fault } from './fault.ts';
import { gatewayDecline } from './gateway-decline.ts';
import { gatewayOutage } from './gateway-outage.ts';
import { lateEffect } from './late-effect.ts';
import { lost } from './lost.ts';
import { lostAnswer } from './lost-answer.ts';
import { machineClock } from './machine-clock.ts';
import { outage } from './outage.ts';
import { partialBatch } from './partial-batch.ts';
import { refusedEvents } from './refused-events.ts';
import { reorder } from './reorder.ts';
import { repeatedAction } from './repeated-action.ts';
import { schedulerStop } from './scheduler-stop.ts';
import { shardSplit } from './shard-split.ts';
import { staleRead } from './stale-read.ts';
import { streamReplay } from './stream-replay.ts';
import { streamRestart } from './stream-restart.ts';
import { streamStop } from './stream-stop.ts';
import { sustainedThrottle } from './sustained-throttle.ts';
import { throttle } from './throttle.ts';
import { timeout } from './timeout.ts';
import { unprocessedKeys } from './unprocessed-keys.ts';
import { wrongIdentifier } from './wrong-identifier.ts';

/** All faults. The order matters where several change the same deliveries. */
export const FAULTS: readonly Fault[] = [
  lost,
  delay,
  reorder,
  duplicate,
  clockSkew,
  crashBefore,
  crashAfter,
  timeout,
  lateEffect,
  lostAnswer,
  throttle,
  conflict,
  outage,
  unprocessedKeys,
  refusedEvents,
  partialBatch,
  wrongIdentifier,
  streamReplay,
  streamRestart,
  streamStop,
  shardSplit,
  schedulerStop,
  sustainedThrottle,
  errorCodes,
  machineClock,
  gatewayOutage,
  gatewayDecline,
  staleRead,
  repeatedAction,
];
