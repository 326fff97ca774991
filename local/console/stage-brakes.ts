import type { Acquirers } from '#local/acquirers/server.ts';
import type { Cloud } from '#local/cloud.ts';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { StageName } from './snapshot.ts';
import { STAGE_DEFINITIONS } from './stages.ts';

const SLOW_BY_MS = 3000;
/** Long enough for an alarm to fire and to be looked at, short enough not to be forgotten. */
const SLOW_FOR_MS = 90_000;

export type BrakeOptions = {
  readonly cloud: Pick<Cloud, 'slow' | 'unslow'>;
  readonly acquirers: Pick<Acquirers, 'slowApi'>;
  readonly clock: Clock;
};

/** Slows stages down by hand, each for a while. The cloud can only let go of all brakes at once. */
export class StageBrakes {
  readonly #options: BrakeOptions;
  readonly #held = new Map<StageName, { readonly untilMs: number; readonly cancel: Cancel }>();

  constructor(options: BrakeOptions) {
    this.#options = options;
  }

  /** False when the stage has no brake. */
  slow(stage: StageName): boolean {
    if (!STAGE_DEFINITIONS[stage].brake) return false;
    this.#held.get(stage)?.cancel();
    const { clock } = this.#options;
    const untilMs = clock.now() + SLOW_FOR_MS;
    const cancel = clock.schedule(untilMs, () => this.unslow(stage));
    this.#held.set(stage, { untilMs, cancel });
    this.#apply();
    return true;
  }

  unslow(stage: StageName): void {
    this.#held.get(stage)?.cancel();
    if (this.#held.delete(stage)) this.#apply();
  }

  untilMs(stage: StageName): number | undefined {
    return this.#held.get(stage)?.untilMs;
  }

  stop(): void {
    for (const stage of [...this.#held.keys()]) this.unslow(stage);
  }

  #apply(): void {
    const { cloud, acquirers } = this.#options;
    const brakes = [...this.#held.keys()].map((stage) => STAGE_DEFINITIONS[stage].brake);
    acquirers.slowApi(brakes.includes('gateway_api') ? SLOW_BY_MS : 0);
    cloud.unslow();
    for (const brake of brakes) {
      if (brake !== undefined && brake !== 'gateway_api') cloud.slow({ ...brake, ms: SLOW_BY_MS });
    }
  }
}
