import type { FaultPlan } from '../faults/plan.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';

export type FollowScheduleOptions = {
  readonly scheduler: Scheduler;
  readonly plan: FaultPlan;
  readonly runtime: Runtime;
  readonly fn: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Runs the job. Says whether more is left to do. */
  run(): Promise<boolean>;
};

/** Under faults that never end no tick may come through; then the next news wakes the schedule again. */
const IN_VAIN_MAX = 10;

/**
 * What a schedule of the template does, as far as it matters: a job that would find nothing new is
 * not run, or a run of three days would be four thousand ticks. `wake` says that there is news.
 */
export function followSchedule(options: FollowScheduleOptions): { wake(): void } {
  const { scheduler, plan, fn, everyMs } = options;
  let isPlanned = false;
  let ticks = 0;
  let inVain = 0;
  const wake = () => {
    if (isPlanned) return;
    isPlanned = true;
    // The tick after the next full one, so that what is under way has ended.
    const atMs = (Math.floor(scheduler.now() / everyMs) + 2) * everyMs;
    scheduler.schedule(atMs, () => void tick());
  };
  const tick = async () => {
    const strike = plan.onTick(`${fn}/${++ticks}`);
    if (strike?.do === 'late') await scheduler.sleep(strike.ms);
    isPlanned = false;
    let came = await runOnce(options, ticks);
    if (strike?.do === 'twice') came = await runOnce(options, ticks);
    inVain = came === 'failed' ? inVain + 1 : 0;
    if (came === 'more' || (came === 'failed' && inVain % IN_VAIN_MAX !== 0)) wake();
  };
  return { wake };
}

/** A run that failed or died is made up for by the next tick. */
async function runOnce(
  { runtime, fn, timeoutMs, run }: FollowScheduleOptions,
  tick: number,
): Promise<'done' | 'more' | 'failed'> {
  const ending = await runtime.invoke({ fn, subject: `tick${tick}`, timeoutMs }, run);
  if (ending.ended !== 'returned') return 'failed';
  return ending.value ? 'more' : 'done';
}
