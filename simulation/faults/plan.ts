import type { Choice } from '../kernel/choice.ts';
import type {
  Batch,
  CallSite,
  CallStrike,
  Delivery,
  Fault,
  FaultContext,
  Injector,
  RereadStrike,
  StreamStrike,
  TickStrike,
} from './fault.ts';

export type FaultPlanOptions = {
  readonly faults: readonly Fault[];
  readonly choice: Choice;
  /** Multiplies how likely every strike is. */
  readonly pressure: number;
  readonly nowMs?: () => number;
  /** Only these strikes happen, by `<fault>@<key>`; those that the seed draws when absent. */
  readonly only?: ReadonlySet<string>;
};

type Armed = { readonly fault: Fault; readonly context: FaultContext };

/** A seed leaves out about half of the faults: some bugs only show when others do not hide them. */
const SHARE_OF_FAULTS = 0.55;

/** The faults of one run: which of them, how often, and where they have struck. */
export class FaultPlan implements Injector {
  readonly strikes = new Set<string>();
  /** Set when the run is to come to its end: nothing strikes any more. */
  isQuiet = false;
  readonly #armed: readonly Armed[];

  constructor(options: FaultPlanOptions) {
    const { faults, choice, only } = options;
    const chosen = only
      ? faults
      : faults.filter(({ name }) => choice.chance(`fault ${name}`, SHARE_OF_FAULTS));
    this.#armed = chosen.map((fault) => ({ fault, context: this.#contextOf(fault, options) }));
  }

  #contextOf(
    { name, rates }: Fault,
    { choice, pressure, only, nowMs = () => 0 }: FaultPlanOptions,
  ): FaultContext {
    const rate = pressure * choice.pick(`rate ${name}`, rates);
    return {
      choice,
      nowMs,
      strikes: (key) => {
        if (this.isQuiet) return false;
        const strike = `${name}@${key}`;
        const hits = only ? only.has(strike) : choice.chance(strike, rate);
        if (hits) this.strikes.add(strike);
        return hits;
      },
    };
  }

  /** How often each fault has struck. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const strike of this.strikes) {
      const name = strike.slice(0, strike.indexOf('@'));
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  onCall(site: CallSite): CallStrike | undefined {
    return this.#first(({ fault, context }) => fault.onCall?.(site, context));
  }

  onReread(key: string): RereadStrike | undefined {
    return this.#first(({ fault, context }) => fault.onReread?.(key, context));
  }

  onDeliveries(deliveries: readonly Delivery[]): readonly Delivery[] {
    return this.#armed.reduce(
      (all, { fault, context }) => fault.onDeliveries?.(all, context) ?? all,
      deliveries,
    );
  }

  onBatch(failed: readonly string[], batch: Batch): readonly string[] {
    return this.#armed.reduce(
      (all, { fault, context }) => fault.onBatch?.(all, batch, context) ?? all,
      failed,
    );
  }

  onStream(key: string): StreamStrike | undefined {
    return this.#first(({ fault, context }) => fault.onStream?.(key, context));
  }

  onClock(key: string): number {
    return this.#armed.reduce(
      (sum, { fault, context }) => sum + (fault.onClock?.(key, context) ?? 0),
      0,
    );
  }

  onTick(key: string): TickStrike | undefined {
    return this.#first(({ fault, context }) => fault.onTick?.(key, context));
  }

  onShard(key: string): 'split' | 'roll_over' | undefined {
    return this.#first(({ fault, context }) => fault.onShard?.(key, context));
  }

  onAction(key: string): number {
    return this.#armed.reduce(
      (sum, { fault, context }) => sum + (fault.onAction?.(key, context) ?? 0),
      0,
    );
  }

  #first<T>(ask: (armed: Armed) => T | undefined): T | undefined {
    for (const armed of this.#armed) {
      const answer = ask(armed);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
