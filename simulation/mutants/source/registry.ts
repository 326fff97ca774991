import { DOOR_SOURCE_MUTANTS } from './doors.ts';
import { FOLLOWER_SOURCE_MUTANTS } from './followers.ts';
import { PAYMENT_SOURCE_MUTANTS } from './payments.ts';
import type { SourceMutant } from './source-mutant.ts';

/** Bugs in the sources of the product that a simulator worth its name must catch. */
export const SOURCE_MUTANTS: readonly SourceMutant[] = [
  ...PAYMENT_SOURCE_MUTANTS,
  ...FOLLOWER_SOURCE_MUTANTS,
  ...DOOR_SOURCE_MUTANTS,
];
