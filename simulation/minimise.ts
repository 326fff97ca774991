import { type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';

export type Minimal = {
  readonly only: ReadonlySet<number>;
  readonly strikes: ReadonlySet<string>;
  readonly result: SimulationResult;
  readonly runs: number;
};

/** No more runs than this: a failure that is small enough today is better than the smallest tomorrow. */
const RUNS_MAX = 400;

/**
 * Finds a small run that still fails: first fewer stories, then fewer strikes of faults.
 *
 * Every decision of a run has a name of its own, so what is left out changes nothing else.
 */
export async function minimise(
  options: SimulationOptions,
  failed: SimulationResult,
): Promise<Minimal> {
  let runs = 0;
  let best = failed;
  const wanted = checkOf(failed.problems[0]);
  const tryWith = async (only: ReadonlySet<number>, strikes: ReadonlySet<string>) => {
    if (runs++ >= RUNS_MAX) return false;
    const result = await simulate({ ...options, only, strikes });
    const fails = result.problems.some((problem) => checkOf(problem) === wanted);
    if (fails) best = result;
    return fails;
  };
  const all = new Set(failed.stories.map(({ index }) => index));
  const only = await shrink(all, (part) => tryWith(part, failed.strikes));
  const strikes = await shrink(best.strikes, (part) => tryWith(only, part));
  const result = await simulate({ ...options, only, strikes, keepsTrace: true });
  return { only, strikes, result, runs };
}

/** The same kind of failure: a smaller run that fails for another reason is another bug. */
function checkOf(problem = ''): string {
  return problem.slice(0, problem.indexOf(':'));
}

/** Delta debugging (Zeller, Hildebrandt 2002), by complements: drops ever smaller chunks while it still fails. */
export async function shrink<T>(
  whole: ReadonlySet<T>,
  stillFails: (part: ReadonlySet<T>) => Promise<boolean>,
): Promise<ReadonlySet<T>> {
  let kept = [...whole];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const without = kept.toSpliced(at, size);
      if (await stillFails(new Set(without))) kept = without;
      else at += size;
    }
  }
  return new Set(kept);
}
