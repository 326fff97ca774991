import type { SimulationResult } from '../simulation.ts';

/** What is left of a seed when its world is forgotten. */
export type SeedSummary = Pick<
  SimulationResult,
  'seed' | 'payments' | 'deliveries' | 'calls' | 'strikesByFault' | 'problems' | 'digest' | 'trace'
>;

export type Totals = {
  seeds: number;
  failed: number;
  payments: number;
  deliveries: number;
  calls: number;
  readonly strikes: Record<string, number>;
};

export function summaryOf(result: SimulationResult): SeedSummary {
  const { seed, payments, deliveries, calls, strikesByFault, problems, digest, trace } = result;
  return { seed, payments, deliveries, calls, strikesByFault, problems, digest, trace };
}

export function noTotals(): Totals {
  return { seeds: 0, failed: 0, payments: 0, deliveries: 0, calls: 0, strikes: {} };
}

export function addTo(totals: Totals, summary: SeedSummary): void {
  totals.seeds++;
  totals.failed += summary.problems.length > 0 ? 1 : 0;
  totals.payments += summary.payments;
  totals.deliveries += summary.deliveries;
  totals.calls += summary.calls;
  for (const [name, count] of Object.entries(summary.strikesByFault))
    totals.strikes[name] = (totals.strikes[name] ?? 0) + count;
}

export function faultsIn({ strikes }: Totals): number {
  return Object.values(strikes).reduce((sum, count) => sum + count, 0);
}
