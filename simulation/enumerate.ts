import type { CallSite, CallStrike } from './faults/fault.ts';
import { Choice } from './kernel/choice.ts';
import { type SimulationResult, STORIES_FROM_MS, simulate } from './simulation.ts';
import { stateText } from './state.ts';
import { storyOf } from './world/stories.ts';
import { CERTAIN_KINDS, type Story, type StoryKind } from './world/story.ts';

/** A place where a function was crashed, and what came of it. */
export type CrashPoint = {
  readonly key: string;
  readonly when: 'before' | 'after';
  readonly hasCrashed: boolean;
  readonly isSameEnd: boolean;
  readonly problems: readonly string[];
};

export type Enumeration = {
  readonly points: readonly CrashPoint[];
  /** Awaits by function and operation, as the run without a crash has passed them. */
  readonly awaits: ReadonlyMap<string, number>;
};

const WHENS = ['before', 'after'] as const;
const SEED = 1;
/** Which of several rivals is parked is decided by who comes first, and a crash may change that. */
const KINDS: readonly StoryKind[] = CERTAIN_KINDS;
const FUNCTIONS = ['receive', 'settle', 'publish', 'seal', 'access', 'file', 'operate'];

export type EnumerateOptions = {
  readonly functions?: readonly string[];
  readonly kinds?: readonly StoryKind[];
};

/**
 * Crashes every await of every function once before and once after its effect, one run each, and
 * compares the end with that of a run without a crash.
 */
export async function enumerateCrashes(options: EnumerateOptions = {}): Promise<Enumeration> {
  const { functions = FUNCTIONS, kinds = KINDS } = options;
  const points: CrashPoint[] = [];
  const awaits = new Map<string, number>();
  for (const story of storiesOf(kinds)) {
    const sites: CallSite[] = [];
    const calm = await runWith(story, (site) => {
      sites.push(site);
      return undefined;
    });
    const wanted = stateText(calm);
    const mine = sites.filter(({ fn }) => functions.includes(fn));
    for (const site of mine) {
      count(awaits, site);
      for (const when of WHENS) points.push(await crashAt(story, site.key, when, wanted));
    }
  }
  return { points, awaits };
}

async function crashAt(
  story: Story,
  key: string,
  when: CrashPoint['when'],
  wanted: string,
): Promise<CrashPoint> {
  let hasCrashed = false;
  const result = await runWith(story, (site): CallStrike | undefined => {
    if (site.key !== key) return undefined;
    hasCrashed = true;
    return { do: when === 'before' ? 'crash_before' : 'crash_after' };
  });
  const isSameEnd = stateText(result) === wanted;
  return { key, when, hasCrashed, isSameEnd, problems: result.problems };
}

function runWith(
  story: Story,
  onCall: (site: CallSite) => CallStrike | undefined,
): Promise<SimulationResult> {
  const injector = () => ({ onCall: (site: CallSite) => onCall(site) });
  return simulate({ seed: SEED, world: [story], faults: [], injector });
}

/** The first story of each kind, so that every branch of the path is passed. */
function storiesOf(kinds: readonly StoryKind[]): Story[] {
  const choice = new Choice(SEED);
  const all = Array.from({ length: 200 }, (_, at) => storyOf(at, STORIES_FROM_MS, 10_000, choice));
  return kinds.flatMap((kind) => all.find((story) => story.kind === kind) ?? []);
}

function count(awaits: Map<string, number>, { fn, service, operation }: CallSite): void {
  const name = `${fn} ${service}.${operation}`;
  awaits.set(name, (awaits.get(name) ?? 0) + 1);
}
