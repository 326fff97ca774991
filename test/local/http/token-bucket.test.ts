import { describe, expect, it } from 'vitest';
import { TokenBucket } from '#local/http/token-bucket.ts';

describe('throttling', () => {
  it('lets a burst through, then only the rate', () => {
    const bucket = new TokenBucket({ ratePerSecond: 2, burst: 3 }, 0);
    const at = (ms: number) => bucket.take(ms);
    expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false]);
    expect([at(499), at(500), at(501)]).toEqual([false, true, false]);
    expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([true, true, true, false]);
  });
});
