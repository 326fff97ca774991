import type { Check } from './check.ts';

/**
 * What an honest message may die of: of its gateway's refusals, of an outage longer than its retries,
 * and of coming before the message that says in which currency its money is.
 */
const MAY_DIE = /^(gateway declined|received too often|payment \S+ has money but no currency)/;

/** L1: what was acknowledged is applied, or stands among the dead letters; and only poison stays there. */
export const nothingLost: Check = {
  name: 'L1 nothing lost',
  check({ deadLetters, replayed, expected }) {
    const filed = new Set(deadLetters);
    const missing = [...expected.poison].filter((body) => !filed.has(body));
    const wrong = deadLetters.filter((body) => !expected.poison.has(body));
    // An operator's replay would hide a message that was given up although a retry helps.
    const hasty = replayed.filter(
      ({ body, reason }) => !expected.poison.has(body) && !MAY_DIE.test(reason),
    );
    return [
      ...missing.map((body) => `poison is not among the dead letters: ${body.slice(0, 60)}`),
      ...hasty.map(({ reason }) => `an honest message died of "${reason}"`),
      ...wrong.map((body) => `an honest message is dead: ${body.slice(0, 160)}`),
    ];
  },
};
