import type { Mutation } from '../product/mutation.ts';
import { FOLLOWER_MUTANTS } from './followers.ts';
import { LEDGER_MUTANTS } from './ledger.ts';
import { MESSAGE_MUTANTS } from './messages.ts';

/** Bugs that a simulator worth its name must catch. Each is planted around a port for one run. */
export const MUTANTS: readonly Mutation[] = [
  ...MESSAGE_MUTANTS,
  ...LEDGER_MUTANTS,
  ...FOLLOWER_MUTANTS,
];
