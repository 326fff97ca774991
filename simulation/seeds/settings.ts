import { MUTANTS } from '../mutants/registry.ts';
import type { SimulationOptions } from '../simulation.ts';

/** How every seed of a command is run. Plain values: they go to worker threads. */
export type Settings = {
  readonly payments: number;
  readonly pressure: number;
  readonly wholeSdk: boolean;
  readonly keepsTrace: boolean;
  readonly only?: readonly number[];
  readonly strikes?: readonly string[];
  readonly mutant?: string;
};

export function optionsOf(seed: number, settings: Settings): SimulationOptions {
  const { payments, pressure, keepsTrace, wholeSdk, only, strikes, mutant } = settings;
  const mutation = MUTANTS.find(({ name }) => name === mutant);
  if (mutant !== undefined && !mutation) throw new Error(`no mutant ${mutant}`);
  return {
    seed,
    world: payments,
    pressure,
    keepsTrace,
    clients: wholeSdk ? 'whole' : 'short',
    ...(only && { only: new Set(only) }),
    ...(strikes && { strikes: new Set(strikes) }),
    ...(mutation && { mutation }),
  };
}
