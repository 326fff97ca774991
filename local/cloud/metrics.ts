import type { CloudWatchService } from '#local/cloudwatch/cloudwatch.ts';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { FunctionConfig } from '#local/lambda/function-config.ts';
import type { FunctionLogs } from '#local/lambda/function-logs.ts';
import type { PoolObserver } from '#local/lambda/function-pool.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import { isObject } from '#local/template/json.ts';

/** Reports a function's invocations to CloudWatch and its output to the logs. */
export function observeFunction(
  { name }: FunctionConfig,
  { clock, cloudWatch, logs }: { clock: Clock; cloudWatch: CloudWatchService; logs: FunctionLogs },
): PoolObserver {
  const put = (metric: string, value: number, unit: string) =>
    cloudWatch.putValue('AWS/Lambda', metric, { FunctionName: name }, value, clock.now(), unit);
  return {
    invoked(outcome, durationMs) {
      put('Invocations', 1, 'Count');
      put('Errors', outcome.kind === 'error' ? 1 : 0, 'Count');
      put('Throttles', 0, 'Count');
      put('Duration', durationMs, 'Milliseconds');
    },
    throttled: () => put('Throttles', 1, 'Count'),
    concurrency: (running) => put('ConcurrentExecutions', running, 'Count'),
    coldStarted: (initMs) => put('InitDuration', initMs, 'Milliseconds'),
    line(text, requestId) {
      const atMs = clock.now();
      logs.add(name, { atMs, requestId, text });
      const metrics = embeddedMetrics(text);
      if (metrics) cloudWatch.putEmf(metrics, atMs);
    },
  };
}

/** A log line in the embedded metric format. The text is looked at before it is parsed. */
function embeddedMetrics(text: string) {
  if (!text.startsWith('{') || !text.includes('"_aws"')) return undefined;
  try {
    const line: unknown = JSON.parse(text);
    return isObject(line) && isObject(line['_aws']) ? line : undefined;
  } catch {
    return undefined;
  }
}

const PUBLISH_INTERVAL_MS = 1_000;

/**
 * Publishes the AWS/SQS metrics of every queue once a second: AWS does so once a minute, but here
 * somebody is watching.
 */
export function publishQueueMetrics(
  clock: Clock,
  sqs: SqsService,
  cloudWatch: CloudWatchService,
): Cancel {
  const published = new Map<string, ReturnType<SqsService['stats']>>();
  let cancel: Cancel = () => {};
  const tick = () => {
    for (const queue of sqs.queueNames()) {
      const stats = sqs.stats(queue);
      putQueueMetrics(cloudWatch, queue, stats, published.get(queue) ?? stats, clock.now());
      published.set(queue, stats);
    }
    cancel = clock.schedule(clock.now() + PUBLISH_INTERVAL_MS, tick);
  };
  tick();
  return () => cancel();
}

type QueueNumbers = ReturnType<SqsService['stats']>;

function putQueueMetrics(
  cloudWatch: CloudWatchService,
  QueueName: string,
  now: QueueNumbers,
  before: QueueNumbers,
  atMs: number,
): void {
  const put = (metric: string, value: number, unit = 'Count') =>
    cloudWatch.putValue('AWS/SQS', metric, { QueueName }, value, atMs, unit);
  put('ApproximateNumberOfMessagesVisible', now.visible);
  put('ApproximateNumberOfMessagesNotVisible', now.inFlight);
  put('ApproximateNumberOfMessagesDelayed', now.delayed);
  put('ApproximateAgeOfOldestMessage', Math.floor(now.oldestAgeMs / 1000), 'Seconds');
  put('NumberOfMessagesSent', now.sent - before.sent);
  put('NumberOfMessagesReceived', now.received - before.received);
  put('NumberOfMessagesDeleted', now.deleted - before.deleted);
  put('NumberOfEmptyReceives', now.emptyReceives - before.emptyReceives);
}

/** Reports an HTTP API's requests, in the names that HTTP APIs use. */
export function observeApi(ApiId: string, clock: Clock, cloudWatch: CloudWatchService) {
  return (status: number, latencyMs: number, integrationMs: number | undefined): void => {
    const put = (metric: string, value: number, unit: string) =>
      cloudWatch.putValue('AWS/ApiGateway', metric, { ApiId }, value, clock.now(), unit);
    put('Count', 1, 'Count');
    put('4xx', status >= 400 && status < 500 ? 1 : 0, 'Count');
    put('5xx', status >= 500 ? 1 : 0, 'Count');
    put('Latency', latencyMs, 'Milliseconds');
    if (integrationMs !== undefined) put('IntegrationLatency', integrationMs, 'Milliseconds');
  };
}
