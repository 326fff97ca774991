import type { Check } from './check.ts';

/** When nothing moves any more, no queue holds a message. */
export const nothingStuck: Check = {
  name: 'nothing stuck',
  check: ({ waiting }) =>
    [...waiting]
      .filter(([, count]) => count > 0)
      .map(([queue, count]) => `${count} messages are left in ${queue}`),
};
