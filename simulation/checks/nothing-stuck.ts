import type { Check } from './check.ts';

/** When nothing moves any more, no queue holds a message and no stream record was given up. */
export const nothingStuck: Check = {
  name: 'nothing stuck',
  check: ({ waiting, skipped }) => [
    ...[...waiting]
      .filter(([, count]) => count > 0)
      .map(([queue, count]) => `${count} messages are left in ${queue}`),
    ...(skipped > 0 ? [`${skipped} stream records were given up`] : []),
  ],
};
