import type { Check } from './check.ts';

/** L1: what was acknowledged is applied, or stands among the dead letters; and only poison stays there. */
export const nothingLost: Check = {
  name: 'L1 nothing lost',
  check({ deadLetters, expected }) {
    const filed = new Set(deadLetters);
    const missing = [...expected.poison].filter((body) => !filed.has(body));
    const wrong = deadLetters.filter((body) => !expected.poison.has(body));
    return [
      ...missing.map((body) => `poison is not among the dead letters: ${body.slice(0, 60)}`),
      ...wrong.map((body) => `an honest message is dead: ${body.slice(0, 160)}`),
    ];
  },
};
