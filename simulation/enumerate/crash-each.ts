import type { CallSite } from '../faults/fault.ts';
import { standAt } from '../instrument/probe.ts';
import type { SimulationResult } from '../simulation.ts';
import { stateText } from '../state.ts';
import { type EnumeratedStory, enumeratedStories, returnedStories } from './stories.ts';
import { type Listener, tellStory } from './tell-story.ts';

/** `each_await`: every await once, where it is first met. `each_time`: every time that it is met, in every story. */
export type Depth = 'each_await' | 'each_time';

export type AwaitCrash = {
  readonly story: string;
  readonly name: string;
  readonly key: string;
  readonly when: 'before' | 'after';
  readonly hasCrashed: boolean;
  readonly isSameEnd: boolean;
  readonly problems: readonly string[];
};

export type AwaitCrashes = {
  readonly crashes: readonly AwaitCrash[];
  /** How often each await was met in all stories, by its name. */
  readonly met: Readonly<Record<string, number>>;
  /** Stories that do not come to their end even without a crash. */
  readonly broken: readonly string[];
};

const WHENS = ['before', 'after'] as const;

/** Crashes the rewritten sources at each probe, one run for each, and compares the ends. */
export async function crashEach(names: ReadonlySet<string>, depth: Depth): Promise<AwaitCrashes> {
  const met: Record<string, number> = {};
  const crashes: AwaitCrash[] = [];
  const broken: string[] = [];
  for (const told of [...enumeratedStories(), ...returnedStories()]) {
    const { sites, calm } = await tellCalmly(told, names);
    if (calm.problems.length > 0) broken.push(`${told.name}: ${calm.problems[0]}`);
    const wanted = stateText(calm);
    for (const { operation: name, key } of sites) {
      const isFirst = met[name] === undefined;
      met[name] = (met[name] ?? 0) + 1;
      if (depth === 'each_await' && !isFirst) continue;
      for (const when of WHENS)
        crashes.push({ story: told.name, name, ...(await crashAt(told, key, when, wanted)) });
    }
  }
  return { crashes, met, broken };
}

async function tellCalmly(told: EnumeratedStory, names: ReadonlySet<string>) {
  const sites: CallSite[] = [];
  const calm = await run(told, (site) => {
    if (site.service === 'port' && names.has(site.operation)) sites.push(site);
    return undefined;
  });
  return { sites, calm };
}

async function crashAt(
  told: EnumeratedStory,
  key: string,
  when: AwaitCrash['when'],
  wanted: string,
): Promise<Omit<AwaitCrash, 'story' | 'name'>> {
  let hasCrashed = false;
  const result = await run(told, (site) => {
    if (site.key !== key) return undefined;
    hasCrashed = true;
    return { do: when === 'before' ? 'crash_before' : 'crash_after' };
  });
  const isSameEnd = stateText(result) === wanted;
  return { key, when, hasCrashed, isSameEnd, problems: result.problems };
}

function run(told: EnumeratedStory, onCall: Listener): Promise<SimulationResult> {
  return tellStory(told, onCall, ({ runtime }) =>
    standAt((name, wait) => runtime.boundary(name, wait)),
  );
}
