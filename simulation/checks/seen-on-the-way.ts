import type { Check } from './check.ts';

/**
 * What the watches have seen while it happened: S5 (a message is deleted only when its effect is
 * durable, or it is buried), and that nobody waits for an invoice that is there.
 */
export const seenOnTheWay: Check = {
  name: 'seen on the way',
  check: ({ observed }) => [...observed],
};
