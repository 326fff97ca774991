import type { GatewayName } from './payment.ts';
import type { ScenarioName } from './scenario.ts';

export type Phase = 'before' | 'peak';

/** One payer who comes at a moment that nothing in the system can delay. */
export type Arrival = {
  readonly offsetMs: number;
  readonly phase: Phase;
  readonly gateway: GatewayName;
  readonly scenario: ScenarioName;
  readonly amountMinor: bigint;
};

export type ArrivalPlan = {
  readonly gateways: readonly GatewayName[];
  readonly basePerSecond: number;
  /** How many times the base rate the peak is. */
  readonly peak: number;
  readonly secondsBefore: number;
  readonly secondsPeak: number;
  /** Weights of the scenarios; a gateway that cannot do one goes without it. */
  readonly scenarioMix: Readonly<Partial<Record<ScenarioName, number>>>;
  scenariosOf(gateway: GatewayName): readonly ScenarioName[];
  random(): number;
};

/** Poisson arrivals at the base rate, then at the peak rate, all drawn ahead. */
export function drawArrivals(plan: ArrivalPlan): Arrival[] {
  const { basePerSecond, peak, secondsBefore, secondsPeak, random } = plan;
  const startOfPeakMs = secondsBefore * 1000;
  const endMs = startOfPeakMs + secondsPeak * 1000;
  const moments = [
    ...poissonMoments(random, basePerSecond, 0, startOfPeakMs).map((at) => [at, 'before'] as const),
    ...poissonMoments(random, basePerSecond * peak, startOfPeakMs, endMs).map(
      (at) => [at, 'peak'] as const,
    ),
  ];
  return moments.map(([offsetMs, phase]) => {
    const gateway = pick(random, plan.gateways);
    const scenario = drawScenario(plan, gateway);
    const amountMinor = BigInt(10_000 + Math.floor(random() * 990_000));
    return { offsetMs, phase, gateway, scenario, amountMinor };
  });
}

/** Moments whose gaps are exponential: arrivals that know nothing of each other. */
export function poissonMoments(
  random: () => number,
  perSecond: number,
  fromMs: number,
  toMs: number,
): number[] {
  const moments: number[] = [];
  const gap = () => (-Math.log(1 - random()) / perSecond) * 1000;
  for (let atMs = fromMs + gap(); atMs < toMs; atMs += gap()) moments.push(atMs);
  return moments;
}

function drawScenario(
  { scenarioMix, scenariosOf, random }: ArrivalPlan,
  gateway: GatewayName,
): ScenarioName {
  const possible = scenariosOf(gateway).filter((name) => (scenarioMix[name] ?? 0) > 0);
  const weightOf = (name: ScenarioName) => scenarioMix[name] ?? 0;
  const total = possible.reduce((sum, name) => sum + weightOf(name), 0);
  let rest = random() * total;
  for (const name of possible) {
    rest -= weightOf(name);
    if (rest < 0) return name;
  }
  return 'plain';
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}
