import type { CallSite } from '../faults/fault.ts';
import { stateText } from '../state.ts';
import type { EnumeratedStory } from './stories.ts';
import { type Listener, tellStory } from './tell-story.ts';

export type When = 'before' | 'after';
export type Crash = { readonly key: string; readonly when: When };

/** Two crashes of the same work: one in its first try, one when it came again. */
export type CrashPair = {
  readonly story: string;
  readonly first: Crash;
  readonly second: Crash;
  readonly hasCrashed: boolean;
  readonly isSameEnd: boolean;
  readonly problems: readonly string[];
};

const WHENS = ['before', 'after'] as const;

/**
 * Crashes each call of a story before and after its effect, and then each call of the try that
 * follows, before and after: all pairs of the same work.
 */
export async function crashPairs(told: EnumeratedStory): Promise<CrashPair[]> {
  const calm: CallSite[] = [];
  const wanted = stateText(await tellStory(told, noting(calm)));
  const pairs: CrashPair[] = [];
  for (const { key } of calm) {
    for (const when of WHENS) {
      const first = { key, when };
      for (const second of await secondsAfter(told, first))
        pairs.push({
          story: told.name,
          first,
          second,
          ...(await crashBoth(told, first, second, wanted)),
        });
    }
  }
  return pairs;
}

/** The calls that the same work makes once more after the first crash. */
async function secondsAfter(told: EnumeratedStory, first: Crash): Promise<Crash[]> {
  const sites: CallSite[] = [];
  const note = noting(sites);
  await tellStory(told, (site) => note(site) ?? strike(site, [first]));
  const again = nextTryOf(first.key);
  return sites
    .filter(({ key }) => key.startsWith(again))
    .flatMap(({ key }) => WHENS.map((when) => ({ key, when })));
}

/** A step is named `<function>/<subject>.<try>/<call>`. */
function nextTryOf(key: string): string {
  const [, work = '', attempt = '0'] = /^(.*)\.(\d+)\/[^/]*$/.exec(key) ?? [];
  return `${work}.${Number(attempt) + 1}/`;
}

async function crashBoth(
  told: EnumeratedStory,
  first: Crash,
  second: Crash,
  wanted: string,
): Promise<Pick<CrashPair, 'hasCrashed' | 'isSameEnd' | 'problems'>> {
  const met = new Set<string>();
  const result = await tellStory(told, (site) => {
    const crash = strike(site, [first, second]);
    if (crash) met.add(site.key);
    return crash;
  });
  return {
    hasCrashed: met.size === 2,
    isSameEnd: stateText(result) === wanted,
    problems: result.problems,
  };
}

function strike({ key }: CallSite, crashes: readonly Crash[]): ReturnType<Listener> {
  const crash = crashes.find((one) => one.key === key);
  return crash && { do: crash.when === 'before' ? 'crash_before' : 'crash_after' };
}

/** Calls that leave a function of the payment path; the watch of the ledger changes nothing there. */
function noting(sites: CallSite[]): Listener {
  return (site) => {
    if (site.service !== 'port' && site.fn !== 'watch') sites.push(site);
    return undefined;
  };
}
