import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { CapabilityProps } from './billing-stack.ts';
import type { AlarmRegistry } from './constructs/alarm-registry.ts';
import { reported, stageMs, TEN_SECONDS } from './metrics.ts';

/** The 95th percentile that each stage may take, and what its alarm tells. */
export const STAGE_BUDGETS = [
  { stage: 'reported', budgetMs: 30_000, impact: 'The gateway itself reports payments late.' },
  {
    stage: 'receive',
    budgetMs: 300,
    impact: 'Taking notifications is slow; gateways may give up.',
  },
  { stage: 'queue', budgetMs: 500, impact: 'Payments wait in the queue before settlement.' },
  { stage: 'reread', budgetMs: 1500, impact: 'A gateway’s API answers slowly when asked again.' },
  { stage: 'settle', budgetMs: 600, impact: 'Writing payments to the ledger is slow.' },
  { stage: 'publish', budgetMs: 1000, impact: 'Events about settled payments leave late.' },
  { stage: 'deliver', budgetMs: 1000, impact: 'Events reach access late: it opens late.' },
] as const;

/** From the moment a notification is received to the paid invoice. */
export const PAID_P95_MS = 2000;
export const PAID_P99_MS = 10_000;
/** From the same moment until the payer has what was paid for: the promise holds everywhere. */
export const ACCESS_P95_MS = 2000;
const ACCESS_P99_MS = 10_000;
/** The promise over 30 days: 99 % of payments are paid within `PAID_P99_MS` of the notification. */
const LATE_BUDGET = 0.01;

/**
 * A slowed stage must call within two minutes, in the evening as well as at night, when there is
 * little but the synthetic payment. So the windows are short and two bad ones of twelve are enough.
 */
const QUICK = { periods: 12, datapoints: 2 } as const;

/**
 * Burn rates as in Google's SRE workbook, chapter 5: how many times faster than allowed the budget
 * is spent. Each pair needs its long window, to ignore a blip, and its short one, to end in time.
 */
const BURN_RATES = [
  { speed: 'Fast', burn: 14.4, short: Duration.minutes(5), long: Duration.hours(1) },
  { speed: 'Slow', burn: 6, short: Duration.minutes(30), long: Duration.hours(6) },
] as const;

/** The alarms on what payers notice: how long it takes, and which stage takes it. */
export class Promises extends Construct {
  constructor(scope: Construct, id: string, { platform }: CapabilityProps) {
    super(scope, id);
    for (const budget of STAGE_BUDGETS) watchStage(platform.alarms, budget);
    watchWhole(platform.alarms);
    for (const rate of BURN_RATES) watchBudget(platform.alarms, rate);
  }
}

function watchStage(
  alarms: AlarmRegistry,
  { stage, budgetMs, impact }: (typeof STAGE_BUDGETS)[number],
): void {
  alarms.page(`Stage-${stage}`, 'Slow', {
    metric: stageMs(stage, 'p95', TEN_SECONDS),
    threshold: budgetMs,
    ...QUICK,
    impact,
  });
}

function watchWhole(alarms: AlarmRegistry): void {
  const impact = 'Payers wait for access after they have paid, and may pay again.';
  const limits = [
    { until: 'Paid', symptom: 'Slow', statistic: 'p95', threshold: PAID_P95_MS },
    { until: 'Paid', symptom: 'VerySlow', statistic: 'p99', threshold: PAID_P99_MS },
    { until: 'Access', symptom: 'Slow', statistic: 'p95', threshold: ACCESS_P95_MS },
    { until: 'Access', symptom: 'VerySlow', statistic: 'p99', threshold: ACCESS_P99_MS },
  ];
  for (const { until, symptom, statistic, threshold } of limits) {
    const metric = reported(`ReceivedTo${until}Ms`, { statistic, period: TEN_SECONDS });
    alarms.page(`ReceivedTo${until}`, symptom, { metric, threshold, ...QUICK, impact });
  }
}

/**
 * Burning B times too fast means that more than B % of payments are late, when 1 % may be. That is
 * the same as the (100 - B)th percentile being above the promise, so no metric of its own is needed.
 */
export function percentileOfBurn(burn: number): string {
  return `p${Number((100 - burn * LATE_BUDGET * 100).toFixed(1))}`;
}

function watchBudget(alarms: AlarmRegistry, rate: (typeof BURN_RATES)[number]): void {
  const { speed, burn, short, long } = rate;
  const impact = `Late payments use up the month's budget ${burn} times too fast.`;
  const statistic = percentileOfBurn(burn);
  const windows = [
    { suffix: 'Short', period: short },
    { suffix: 'Long', period: long },
  ].map(({ suffix, period }) => ({
    suffix,
    metric: reported('ReceivedToPaidMs', { statistic, period }),
    threshold: PAID_P99_MS,
    impact,
  }));
  alarms.pageWhenAll('ReceivedToPaid', `Burning${speed}`, windows);
}
