import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import {
  jsonListOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  requiredText,
} from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import type { AlarmState } from './alarm-rule.ts';
import type { MetricStore } from './metric-store.ts';
import { Evaluation, type Query, queryFrom, seriesOf } from './queries.ts';

type Comparison = { holds: (value: number, threshold: number) => boolean; words: string };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  GreaterThanThreshold: { holds: (value, limit) => value > limit, words: 'greater than' },
  GreaterThanOrEqualToThreshold: {
    holds: (value, limit) => value >= limit,
    words: 'greater than or equal to',
  },
  LessThanThreshold: { holds: (value, limit) => value < limit, words: 'less than' },
  LessThanOrEqualToThreshold: {
    holds: (value, limit) => value <= limit,
    words: 'less than or equal to',
  },
};

type MissingData = 'missing' | 'breaching' | 'notBreaching' | 'ignore';

/** A metric alarm as it is evaluated. */
export type AlarmDefinition = {
  name: string;
  queries: readonly Query[];
  resultId: string;
  periodMs: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: Comparison;
  missingData: MissingData;
  actionsEnabled: boolean;
};

export type Verdict = { state: AlarmState; reason: string };

function isMissingData(text: string): text is MissingData {
  return ['missing', 'breaching', 'notBreaching', 'ignore'].includes(text);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** The queries of a metric math alarm, or the one metric of a plain alarm as a query. */
function queriesFrom(input: Json): readonly Query[] {
  const given = jsonListOf(input, 'Metrics');
  if (given.length > 0) return given.map(queryFrom);
  const Metric = {
    Namespace: requiredText(input, 'Namespace'),
    MetricName: requiredText(input, 'MetricName'),
    Dimensions: input['Dimensions'],
  };
  const Stat = optionalText(input, 'ExtendedStatistic') ?? requiredText(input, 'Statistic');
  const MetricStat = { Metric, Stat, Period: optionalNumber(input, 'Period') ?? 60 };
  return [queryFrom({ Id: 'm1', MetricStat })];
}

function periodMsOf(queries: readonly Query[], result: Query): number {
  const periods = queries.flatMap(({ metric }) => metric?.periodMs ?? []);
  return result.metric?.periodMs ?? result.periodMs ?? Math.max(1000, ...periods);
}

/** Reads a PutMetricAlarm request. */
export function alarmFrom(input: Json): AlarmDefinition {
  const queries = queriesFrom(input);
  const results = queries.filter(({ returnsData }) => returnsData);
  const [result] = results;
  if (!result || results.length > 1)
    throw invalid('Exactly one element of Metrics must return data.');
  const operator = requiredText(input, 'ComparisonOperator');
  const comparison = COMPARISONS[operator];
  if (!comparison) throw notEmulated('cloudwatch', `alarms with ${operator}`);
  const threshold = optionalNumber(input, 'Threshold');
  if (threshold === undefined) throw invalid('Threshold is required.');
  const evaluationPeriods = optionalNumber(input, 'EvaluationPeriods') ?? 1;
  const datapointsToAlarm = optionalNumber(input, 'DatapointsToAlarm') ?? evaluationPeriods;
  if (evaluationPeriods < 1 || datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw invalid('DatapointsToAlarm must be from 1 to EvaluationPeriods.');
  }
  const missingData = optionalText(input, 'TreatMissingData') ?? 'missing';
  if (!isMissingData(missingData))
    throw invalid(`TreatMissingData ${missingData} is not supported.`);
  return {
    name: requiredText(input, 'AlarmName'),
    queries,
    resultId: result.id,
    periodMs: periodMsOf(queries, result),
    evaluationPeriods,
    datapointsToAlarm,
    threshold,
    comparison,
    missingData,
    actionsEnabled: optionalFlag(input, 'ActionsEnabled') ?? true,
  };
}

/** The values of the last complete periods, oldest first; a period without data is undefined. */
export function datapointsAt(
  store: MetricStore,
  alarm: AlarmDefinition,
  nowMs: number,
): (number | undefined)[] {
  const { periodMs, evaluationPeriods, queries, resultId } = alarm;
  const toMs = Math.floor(nowMs / periodMs) * periodMs;
  const fromMs = toMs - evaluationPeriods * periodMs;
  const evaluation = new Evaluation(store, queries, { fromMs, toMs });
  const [series] = seriesOf(evaluation.valueOf(resultId), { fromMs, toMs });
  return Array.from({ length: evaluationPeriods }, (_, at) => series?.get(fromMs + at * periodMs));
}

function shown(values: readonly number[]): string {
  return values.map((value) => Number(value.toFixed(6))).join(', ');
}

function counted(alarm: AlarmDefinition, values: readonly number[], breaching: number): string {
  const { comparison, threshold, evaluationPeriods } = alarm;
  const verb = breaching >= alarm.datapointsToAlarm ? 'were' : 'were not';
  return `Threshold Crossed: ${breaching} out of the last ${evaluationPeriods} datapoints [${shown(values)}] ${verb} enough ${comparison.words} the threshold (${threshold}) (minimum ${alarm.datapointsToAlarm} datapoints for OK -> ALARM transition).`;
}

/**
 * Decides the state from the data points of the evaluation window.
 *
 * Missing points count as the alarm says. When they count as nothing, the points that are there
 * decide, and a window without any point leaves the alarm without data (or, for `ignore`, as it was).
 */
export function decideAlarm(
  alarm: AlarmDefinition,
  datapoints: readonly (number | undefined)[],
  present: AlarmState,
): Verdict {
  const { comparison, threshold, missingData, datapointsToAlarm } = alarm;
  const values = datapoints.filter((value) => value !== undefined);
  const missing = datapoints.length - values.length;
  const crossed = values.filter((value) => comparison.holds(value, threshold)).length;
  const breaching = crossed + (missingData === 'breaching' ? missing : 0);
  const reason = counted(alarm, values, breaching);
  if (breaching >= datapointsToAlarm) return { state: 'ALARM', reason };
  if (missing === 0 || missingData === 'breaching' || missingData === 'notBreaching') {
    return { state: 'OK', reason };
  }
  // The missing points could still have made it an alarm, so `ignore` leaves the state alone.
  if (missingData === 'ignore' && crossed + missing >= datapointsToAlarm) {
    return { state: present, reason: 'Missing data points are ignored.' };
  }
  if (values.length > 0) return { state: 'OK', reason };
  const unknown = `Insufficient Data: ${missing} datapoints were unknown.`;
  return { state: 'INSUFFICIENT_DATA', reason: unknown };
}
