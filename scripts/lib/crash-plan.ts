/**
 * How one round ends. The moment is told by what has been done until then, not by the clock alone: a
 * slow machine is then hit in the middle of its work as well.
 */
export type Kill =
  /** So long after so many notifications of this life were acknowledged. */
  | { readonly when: 'in the spike'; readonly acknowledged: number; readonly thenMs: number }
  /** While it restores the data folder or provisions: a share of the time that the last start took. */
  | { readonly when: 'during start-up'; readonly share: number }
  /** In the spike, and again while or soon after it comes back. */
  | {
      readonly when: 'twice';
      readonly acknowledged: number;
      readonly thenMs: number;
      readonly share: number;
    };

const MOST = { acknowledged: 25, thenMs: 150, share: 1.3 };
const CHANCE = { startUp: 0.15, twice: 0.15 };

/** Draws the moment of a round's kill. */
export function drawKill(random: () => number): Kill {
  const kind = random();
  const share = random() * MOST.share;
  if (kind < CHANCE.startUp) return { when: 'during start-up', share };
  const acknowledged = Math.floor(random() * (MOST.acknowledged + 1));
  const thenMs = random() * MOST.thenMs;
  if (kind < CHANCE.startUp + CHANCE.twice) return { when: 'twice', acknowledged, thenMs, share };
  return { when: 'in the spike', acknowledged, thenMs };
}

/** mulberry32 (public domain): one seed, one sequence. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
