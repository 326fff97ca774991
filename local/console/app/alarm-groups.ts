import type { AlarmView, StageName, StageView } from '../snapshot.ts';

/** Alarms that say the same, for example one of each gateway. */
export type AlarmGroup = {
  readonly names: readonly string[];
  readonly stage: StageName | null;
  readonly impact: string;
  /** Since the first of them fires. */
  readonly sinceMs: number;
};

/**
 * Those that name a stage by its delay come first, the stage that is furthest over its budget before
 * the others: a slow stage also makes those before it wait.
 */
export function groupAlarms(
  firing: readonly AlarmView[],
  stages: readonly StageView[],
): AlarmGroup[] {
  const excess = new Map(
    stages.map(({ name, all, budgetMs }) => [name, (all?.p95 ?? 0) / budgetMs] as const),
  );
  const excessOf = ({ stage }: AlarmGroup) => (stage === null ? 0 : (excess.get(stage) ?? 0));
  const groups = Map.groupBy(firing, ({ stage, impact }) => `${stage} ${impact}`);
  return [...groups.values()]
    .map((alarms) => ({
      names: alarms.map(({ name }) => shortAlarmName(name)),
      stage: alarms[0]?.stage ?? null,
      impact: alarms[0]?.impact ?? '',
      sinceMs: Math.min(...alarms.map(({ sinceMs }) => sinceMs)),
    }))
    .sort((a, b) => rankOf(a) - rankOf(b) || excessOf(b) - excessOf(a) || b.sinceMs - a.sinceMs);
}

/** Product and environment are the same in all names. */
export function shortAlarmName(name: string): string {
  return name.replace(/^[a-z]+-[a-z]+-/, '');
}

function rankOf({ names, stage }: AlarmGroup): number {
  if (names.some((name) => name.startsWith('Stage-'))) return 0;
  return stage === null ? 2 : 1;
}
