import type { Latency } from '../snapshot.ts';

export type Health = 'none' | 'good' | 'near' | 'over';

/** From here on a stage is called close to its budget. */
const NEAR_SHARE = 0.7;

export function healthOf(latency: Latency | null | undefined, budgetMs: number): Health {
  if (!latency) return 'none';
  if (latency.p95 > budgetMs) return 'over';
  return latency.p95 > budgetMs * NEAR_SHARE ? 'near' : 'good';
}

/** How lively a connection looks, by payments a minute. */
export function rateOf(perMinute: number): 'none' | 'low' | 'mid' | 'high' {
  if (perMinute === 0) return 'none';
  if (perMinute < 240) return 'low';
  return perMinute < 900 ? 'mid' : 'high';
}
