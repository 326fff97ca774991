import { type Mutation, NO_MUTATION } from './product/mutation.ts';
import { simulate } from './simulation.ts';
import { DEFAULT_WORLD, type World } from './world/settings.ts';

/** How a planted bug was found: by the seed of this number, and by what it broke. */
export type Catch = { readonly seed: number; readonly problem: string };

const SEEDS_MAX = 100;
/** Most bugs show in a handful of payments; the rare races need a crowd. */
const FEW = { seeds: 6, payments: 15 };
const CROWD = 50;
/** Every other crowd pays invoices that are created at the same moment. */
const MEETINGS: World = { ...DEFAULT_WORLD, kinds: ['single'], wireShare: 0 };

/** The first seed, from 1, that a planted bug does not survive. */
export async function firstCatch(
  mutation: Mutation = NO_MUTATION,
  seedsMax = SEEDS_MAX,
): Promise<Catch | undefined> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const isFew = seed <= FEW.seeds;
    const world = isFew ? FEW.payments : CROWD;
    const setting = isFew || seed % 2 === 0 ? DEFAULT_WORLD : MEETINGS;
    const { problems } = await simulate({ seed, world, mutation, setting });
    const [problem] = problems;
    if (problem !== undefined) return { seed, problem };
  }
  return undefined;
}
