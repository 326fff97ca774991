import { type Setup, usualSetup } from '../config.ts';
import { FAULTS } from '../faults/registry.ts';
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
  /** Path of the user's own configuration. */
  readonly config?: string;
  /** Path of a module with faults, checks and stories of the user's own. */
  readonly additions?: string;
  /** All stories that can be on the wire are. */
  readonly wire?: boolean;
};

/** `setup` is what `readSetup` has made of the paths in the settings. */
export function optionsOf(
  seed: number,
  settings: Settings,
  { setting, additions }: Setup = usualSetup,
): SimulationOptions {
  const { payments, pressure, keepsTrace, wholeSdk, only, strikes, mutant } = settings;
  const mutation = MUTANTS.find(({ name }) => name === mutant);
  if (mutant !== undefined && !mutation) throw new Error(`no mutant ${mutant}`);
  return {
    seed,
    world: payments,
    pressure,
    keepsTrace,
    clients: wholeSdk ? 'whole' : 'short',
    setting: settings.wire ? { ...setting, wireShare: 1 } : setting,
    faults: [...FAULTS, ...(additions.faults ?? [])],
    checks: additions.checks ?? [],
    ...(only && { only: new Set(only) }),
    ...(strikes && { strikes: new Set(strikes) }),
    ...(mutation && { mutation }),
  };
}
