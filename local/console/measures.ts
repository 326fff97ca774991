import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import { percentilesOf } from '#local/acquirers/percentiles.ts';
import type { CloudWatchService, MetricValue } from '#local/cloudwatch/cloudwatch.ts';
import type { Latency, StageView, Timeline, WholeView } from './snapshot.ts';
import { STAGES } from './snapshot.ts';
import { STAGE_DEFINITIONS } from './stages.ts';

const NAMESPACE = 'Priliv';
const SERVICE = { Service: 'priliv' };
const LATENCY_WINDOW_MS = 60_000;
const TIMELINE_MS = 300_000;
const STEP_MS = 5000;

/** The product's metrics at one moment, as the page wants them. */
export class Measures {
  readonly #cloudWatch: Pick<CloudWatchService, 'values'>;
  readonly #nowMs: number;

  constructor(cloudWatch: Pick<CloudWatchService, 'values'>, nowMs: number) {
    this.#cloudWatch = cloudWatch;
    this.#nowMs = nowMs;
  }

  stages(): Omit<StageView, 'slowedUntilMs'>[] {
    return STAGES.map((name) => {
      const { metric, budgetMs, brake } = STAGE_DEFINITIONS[name];
      return {
        name,
        budgetMs,
        canBeSlowed: brake !== undefined,
        all: this.latency(metric),
        byGateway: this.#latencyByGateway(metric),
      };
    });
  }

  whole(): WholeView {
    return {
      receivedToPaid: this.latency('ReceivedToPaidMs'),
      reportedToPaid: this.latency('ReportedToPaidMs'),
      receivedToAccess: this.latency('ReceivedToAccessMs'),
      reportedToAccess: this.latency('ReportedToAccessMs'),
    };
  }

  /** Over the last minute; `null` without any value. */
  latency(metric: string, gateway?: GatewayName): Latency | null {
    const values = this.#lastMinute(metric, gateway).map(({ value }) => value);
    const found = percentilesOf(values);
    if (!found) return null;
    const { count, p50, p95, p99 } = found;
    return { count, p50: Math.round(p50), p95: Math.round(p95), p99: Math.round(p99) };
  }

  countOf(metric: string, gateway?: GatewayName): number {
    return this.#lastMinute(metric, gateway).reduce((sum, { value }) => sum + value, 0);
  }

  /** The last five minutes in steps that are over: a step under way would always look low. */
  timeline(): Timeline {
    const endMs = Math.floor(this.#nowMs / STEP_MS) * STEP_MS;
    const fromMs = endMs - TIMELINE_MS;
    const steps = (metric: string) => inSteps(this.#values(metric, fromMs, endMs), fromMs, endMs);
    const perSecond = (metric: string) =>
      steps(metric).map((values) => values.reduce((sum, one) => sum + one, 0) / (STEP_MS / 1000));
    return {
      endMs,
      stepMs: STEP_MS,
      receivedPerSecond: perSecond('Received'),
      settledPerSecond: perSecond('Settled'),
      paidP95Ms: steps('ReceivedToPaidMs').map((values) => {
        const found = percentilesOf(values);
        return found ? Math.round(found.p95) : null;
      }),
    };
  }

  #latencyByGateway(metric: string): StageView['byGateway'] {
    const found: Partial<Record<GatewayName, Latency>> = {};
    for (const gateway of GATEWAYS) {
      const latency = this.latency(metric, gateway);
      if (latency) found[gateway] = latency;
    }
    return found;
  }

  #lastMinute(metric: string, gateway?: GatewayName): MetricValue[] {
    return this.#values(metric, this.#nowMs - LATENCY_WINDOW_MS, this.#nowMs + 1, gateway);
  }

  #values(name: string, fromMs: number, toMs: number, gateway?: GatewayName): MetricValue[] {
    const dimensions = gateway === undefined ? SERVICE : { ...SERVICE, Gateway: gateway };
    return this.#cloudWatch.values({ namespace: NAMESPACE, name, dimensions }, fromMs, toMs);
  }
}

function inSteps(values: readonly MetricValue[], fromMs: number, endMs: number): number[][] {
  const steps = Array.from({ length: (endMs - fromMs) / STEP_MS }, (): number[] => []);
  for (const { value, atMs } of values) {
    steps[Math.floor((atMs - fromMs) / STEP_MS)]?.push(value);
  }
  return steps;
}
