import type { Mutation } from './product/mutation.ts';
import { simulate } from './simulation.ts';

const SEEDS_MAX = 100;
/** Most bugs show in a handful of payments; the rare races need a crowd. */
const FEW = { seeds: 6, payments: 15 };
const CROWD = 50;

/** The number of the first seed, from 1, that a planted bug does not survive. */
export async function firstCatch(
  mutation: Mutation,
  seedsMax = SEEDS_MAX,
): Promise<number | undefined> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const world = seed <= FEW.seeds ? FEW.payments : CROWD;
    const { problems } = await simulate({ seed, world, mutation });
    if (problems.length > 0) return seed;
  }
  return undefined;
}
