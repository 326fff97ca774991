import type { CallSite, CallStrike } from '../faults/fault.ts';
import { type RunParts, type SimulationResult, simulate } from '../simulation.ts';
import { type EnumeratedStory, SEED } from './stories.ts';

/** Hears of each place that is passed, and may strike there. */
export type Listener = (site: CallSite) => CallStrike | undefined;

/** Runs one story with its own troubles and without any fault of chance. */
export function tellStory(
  { story, trouble, errands = [] }: EnumeratedStory,
  onCall: Listener,
  onStart: (parts: RunParts) => void = () => {},
): Promise<SimulationResult> {
  let parts: RunParts | undefined;
  return simulate({
    seed: SEED,
    world: [story],
    faults: [],
    injector: () => ({
      onCall: (site) => onCall(site) ?? (parts && trouble?.(site, parts)),
    }),
    onStart: (started) => {
      parts = started;
      onStart(started);
    },
    onStories: () => {
      if (parts) for (const errand of errands) errand(parts, story);
    },
  });
}
