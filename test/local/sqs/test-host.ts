import { VirtualClock } from '#local/kernel/clock.ts';
import type { Caller, Host, Json, Service } from '#local/kernel/service.ts';

export const START_MS = Date.UTC(2026, 0, 15, 12, 0, 0);
export const ROOT: Caller = { principal: 'root' };

/** A host with virtual time and a seed that remembers what was persisted, as a disk would. */
export type TestHost = Host & { clock: VirtualClock; records: { service: string; record: Json }[] };

export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function testHost(seed = 1, clock = new VirtualClock(START_MS)): TestHost {
  const records: TestHost['records'] = [];
  return {
    clock,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: seededRandom(seed),
    // Through JSON, because that is what a file gives back.
    persist: (service, record) => {
      records.push({ service, record: JSON.parse(JSON.stringify(record)) });
    },
    records,
  };
}

/** Feeds what one run persisted to the engine of the next. */
export function replay(service: Service, records: Iterable<Json>): void {
  for (const record of records) service.restore(record);
}

export function recordsOf(host: TestHost): Json[] {
  return host.records.map(({ record }) => record);
}
