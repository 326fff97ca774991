import { type AlarmView, STAGES, type StageName } from '../snapshot.ts';

/** Alarms that say the same, for example one of each gateway. */
export type AlarmGroup = {
  readonly names: readonly string[];
  readonly stage: StageName | null;
  readonly impact: string;
  /** Since the first of them fires. */
  readonly sinceMs: number;
};

/**
 * Those that name a stage by its delay come first, the latest stage of the flow before the earlier
 * ones: a slow stage makes those before it wait, so the last slow one is the likely cause.
 */
export function groupAlarms(firing: readonly AlarmView[]): AlarmGroup[] {
  const groups = Map.groupBy(firing, ({ stage, impact }) => `${stage} ${impact}`);
  return [...groups.values()]
    .map((alarms) => ({
      names: alarms.map(({ name }) => shortAlarmName(name)),
      stage: alarms[0]?.stage ?? null,
      impact: alarms[0]?.impact ?? '',
      sinceMs: Math.min(...alarms.map(({ sinceMs }) => sinceMs)),
    }))
    .sort((a, b) => rankOf(a) - rankOf(b) || placeOf(b) - placeOf(a) || b.sinceMs - a.sinceMs);
}

/** Product and environment are the same in all names. */
export function shortAlarmName(name: string): string {
  return name.replace(/^[a-z]+-[a-z]+-/, '');
}

function rankOf({ names, stage }: AlarmGroup): number {
  if (names.some((name) => name.startsWith('Stage-'))) return 0;
  return stage === null ? 2 : 1;
}

function placeOf({ stage }: AlarmGroup): number {
  return stage === null ? -1 : STAGES.indexOf(stage);
}
