import type { Throttling } from './api-definition.ts';

/** Lets `ratePerSecond` requests through on average, and up to `burst` at once. */
export class TokenBucket {
  readonly #throttling: Throttling;
  #tokens: number;
  #filledAtMs: number;

  constructor(throttling: Throttling, nowMs: number) {
    this.#throttling = throttling;
    this.#tokens = throttling.burst;
    this.#filledAtMs = nowMs;
  }

  take(nowMs: number): boolean {
    const { ratePerSecond, burst } = this.#throttling;
    const earned = ((nowMs - this.#filledAtMs) / 1000) * ratePerSecond;
    this.#tokens = Math.min(burst, this.#tokens + earned);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
