import type { Clock } from '#local/kernel/clock.ts';
import type { Host } from '#local/kernel/service.ts';
import type { StackTemplate } from '#local/template/assembly.ts';

const DEFAULT_REGION = 'eu-central-1';
const DEFAULT_ACCOUNT = '000000000000';

/** The one region and account of the local cloud, as the stacks name them. */
export function environmentOf(stacks: readonly StackTemplate[]): {
  region: string;
  accountId: string;
} {
  return {
    region: onlyOne(
      'region',
      stacks.map(({ region }) => region),
      DEFAULT_REGION,
    ),
    accountId: onlyOne(
      'account',
      stacks.map(({ accountId }) => accountId),
      DEFAULT_ACCOUNT,
    ),
  };
}

/** Engines know one region and account; stacks in several would share what must be apart. */
function onlyOne(what: string, values: readonly (string | undefined)[], fallback: string): string {
  const [first = fallback, second] = new Set(values.filter((value) => value !== undefined));
  if (second === undefined) return first;
  throw new Error(`the stacks name more than one ${what}: ${first} and ${second}`);
}

/** Real randomness: only tests and simulations need a seed. */
export function hostFor(
  environment: { region: string; accountId: string },
  clock: Clock,
  persist: Host['persist'],
): Host {
  return { ...environment, clock, random: Math.random, persist };
}
