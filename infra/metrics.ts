import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { MINUTE } from './constructs/alarm-registry.ts';

/** Where the functions report, as `shared/platform/metrics.ts` does. */
export const NAMESPACE = 'Priliv';
const SERVICE = { Service: 'priliv' } as const;

/** Functions report with a resolution of one second, so that a window may be this short. */
export const TEN_SECONDS = Duration.seconds(10);

type MetricOptions = {
  statistic: string;
  period?: Duration;
  dimensions?: Readonly<Record<string, string>>;
  label?: string;
};

/** A metric that the functions report. */
export function reported(name: string, options: MetricOptions): Metric {
  const { statistic, period = MINUTE, dimensions = {}, label } = options;
  return new Metric({
    namespace: NAMESPACE,
    metricName: name,
    dimensionsMap: { ...SERVICE, ...dimensions },
    statistic,
    period,
    ...(label ? { label } : {}),
  });
}

/** How often something happened in a minute. */
export function counter(name: string): Metric {
  return reported(name, { statistic: 'sum' });
}

/** The highest value that was seen in a minute. */
export function gauge(name: string): Metric {
  return reported(name, { statistic: 'max' });
}

/** How long one stage of the payment path takes: `StageReceiveMs` for the stage `receive`. */
export function stageMs(stage: string, statistic: string, period?: Duration): Metric {
  const name = `Stage${stage.charAt(0).toUpperCase()}${stage.slice(1)}Ms`;
  return reported(name, { statistic, ...(period && { period }) });
}

/** A metric that the functions report for each gateway, one line per gateway. */
export function byGateway(name: string, statistic: string, more: readonly string[] = []): IMetric {
  const schema = [NAMESPACE, 'Service', 'Gateway', ...more].join(',');
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}"', '${statistic}', ${MINUTE.toSeconds()})`,
    label: '',
    period: MINUTE,
  });
}
