import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Cancel } from '#local/kernel/clock.ts';
import {
  jsonListOf,
  listOf,
  optionalMomentMs,
  optionalNumber,
  optionalText,
  requiredJson,
  requiredText,
  textListOf,
} from '#local/kernel/input.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';
import type { AlarmState } from './alarm-rule.ts';
import { type Alarm, type AlarmChange, Alarms } from './alarms.ts';
import { emfValues } from './emf.ts';
import { type Dimensions, type MetricId, MetricStore, type StoredMetric } from './metric-store.ts';
import { dimensionsFrom, Evaluation, queryFrom, seriesOf } from './queries.ts';
import type { Series } from './statistics.ts';

export type MetricValue = { readonly value: number; readonly atMs: number };

export type CloudWatchService = Service & {
  /** Takes one log line in the embedded metric format and tells how many values it held. */
  putEmf(logLine: object, receivedAtMs: number): number;
  putValue(
    namespace: string,
    name: string,
    dimensions: Dimensions,
    value: number,
    atMs: number,
    unit?: string,
  ): void;
  /** The raw values of `[fromMs, toMs)`, oldest first: percentiles of a sliding window need them. */
  values(id: MetricId, fromMs: number, toMs: number): MetricValue[];
  onAlarmChange(listener: (change: AlarmChange) => void): Cancel;
  /** Name -> present state, for consoles and tests. */
  alarmStates(): Map<string, AlarmState>;
  alarmHistory(): readonly AlarmChange[];
};

type Engine = { host: Host; store: MetricStore; alarms: Alarms };

/** One datum is a value, or values with how often each occurred. */
function putDatum({ host, store }: Engine, namespace: string, datum: Json): void {
  if (datum['StatisticValues'] !== undefined) {
    throw notEmulated('cloudwatch', 'PutMetricData with StatisticValues');
  }
  const id = {
    namespace,
    name: requiredText(datum, 'MetricName'),
    dimensions: dimensionsFrom(datum),
  };
  const atMs = optionalMomentMs(datum, 'Timestamp') ?? host.clock.now();
  const unit = optionalText(datum, 'Unit');
  const single = optionalNumber(datum, 'Value');
  const values = single === undefined ? listOf(datum, 'Values') : [single];
  const counts = listOf(datum, 'Counts');
  for (const [at, value] of values.entries()) {
    const weight = Number(counts[at] ?? 1);
    if (typeof value !== 'number' || !Number.isFinite(value) || !(weight > 0)) {
      throw new AwsError('InvalidParameterValue', `The value ${String(value)} is not a number.`);
    }
    store.put(id, value, atMs, unit, weight);
  }
}

function putMetricData(engine: Engine, input: Json): Json {
  const namespace = requiredText(input, 'Namespace');
  for (const datum of jsonListOf(input, 'MetricData')) putDatum(engine, namespace, datum);
  return {};
}

function showMetric({ namespace, name, dimensions }: StoredMetric): Json {
  const pairs = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { Namespace: namespace, MetricName: name, Dimensions: pairs };
}

function listMetrics({ store }: Engine, input: Json): Json {
  const namespace = optionalText(input, 'Namespace');
  const name = optionalText(input, 'MetricName');
  const filters = jsonListOf(input, 'Dimensions');
  const matching = store.all().filter((metric) => {
    if (namespace !== undefined && metric.namespace !== namespace) return false;
    if (name !== undefined && metric.name !== name) return false;
    return filters.every((filter) => {
      const present = metric.dimensions[requiredText(filter, 'Name')];
      const wanted = optionalText(filter, 'Value');
      return present !== undefined && (wanted === undefined || wanted === present);
    });
  });
  return { Metrics: matching.map(showMetric) };
}

function showSeries(id: string, label: string, series: Series, isAscending: boolean): Json {
  const sign = isAscending ? 1 : -1;
  const points = [...series].sort(([left], [right]) => sign * (left - right));
  return {
    Id: id,
    Label: label,
    Timestamps: points.map(([atMs]) => atMs / 1000),
    Values: points.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

function rangeOf(input: Json): { fromMs: number; toMs: number } {
  const fromMs = optionalMomentMs(input, 'StartTime');
  const toMs = optionalMomentMs(input, 'EndTime');
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) {
    throw new AwsError('ValidationError', 'The parameter StartTime must be less than EndTime.');
  }
  return { fromMs, toMs };
}

function getMetricData({ store }: Engine, input: Json): Json {
  const queries = jsonListOf(input, 'MetricDataQueries').map(queryFrom);
  const range = rangeOf(input);
  const evaluation = new Evaluation(store, queries, range);
  const isAscending = optionalText(input, 'ScanBy') === 'TimestampAscending';
  const shown = queries.filter(({ returnsData }) => returnsData);
  return {
    MetricDataResults: shown.flatMap(({ id, label }) =>
      seriesOf(evaluation.valueOf(id), range).map((series) =>
        showSeries(id, label, series, isAscending),
      ),
    ),
    Messages: [],
  };
}

function getMetricStatistics({ store }: Engine, input: Json): Json {
  const range = rangeOf(input);
  const Metric = { ...input };
  const names = [...textListOf(input, 'Statistics'), ...textListOf(input, 'ExtendedStatistics')];
  const queries = names.map((Stat, at) =>
    queryFrom({ Id: `q${at}`, MetricStat: { Metric, Stat, Period: input['Period'] } }),
  );
  const evaluation = new Evaluation(store, queries, range);
  const points = new Map<number, Json>();
  for (const [at, name] of names.entries()) {
    const [series = new Map()] = seriesOf(evaluation.valueOf(`q${at}`), range);
    for (const [atMs, value] of series) {
      const point = points.get(atMs) ?? { Timestamp: atMs / 1000 };
      const extended = { ...(point['ExtendedStatistics'] ?? {}), [name]: value };
      const isExtended = name.startsWith('p');
      points.set(atMs, {
        ...point,
        ...(isExtended ? { ExtendedStatistics: extended } : { [name]: value }),
      });
    }
  }
  const Datapoints = [...points].sort(([left], [right]) => left - right).map(([, point]) => point);
  return { Label: requiredText(input, 'MetricName'), Datapoints };
}

function showAlarm({ given, arn, state, reason, changedAtMs, actionsEnabled }: Alarm): Json {
  const { Tags: _tags, ...fields } = given;
  return {
    ...fields,
    AlarmArn: arn,
    ActionsEnabled: actionsEnabled,
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: changedAtMs / 1000,
  };
}

function describeAlarms({ alarms }: Engine, input: Json): Json {
  const names = textListOf(input, 'AlarmNames');
  const prefix = optionalText(input, 'AlarmNamePrefix') ?? '';
  const state = optionalText(input, 'StateValue');
  const types = textListOf(input, 'AlarmTypes');
  const matching = [...alarms.byName.values()].filter((alarm) => {
    const isNamed = names.length === 0 || names.includes(alarm.name);
    const isInState = state === undefined || alarm.state === state;
    return isNamed && isInState && alarm.name.startsWith(prefix);
  });
  const of = (type: string, isOfType: (alarm: Alarm) => boolean, isDefault: boolean) =>
    types.includes(type) || (types.length === 0 && isDefault)
      ? matching.filter(isOfType).map(showAlarm)
      : [];
  // Composite alarms are shown only to those who ask for them, as in CloudWatch.
  return {
    MetricAlarms: of('MetricAlarm', ({ metric }) => metric !== undefined, true),
    CompositeAlarms: of('CompositeAlarm', ({ composite }) => composite !== undefined, false),
  };
}

function showChange({ alarms }: Engine, change: AlarmChange): Json {
  const isComposite = alarms.byName.get(change.alarmName)?.composite !== undefined;
  const { from, to, reason, atMs } = change;
  return {
    AlarmName: change.alarmName,
    AlarmType: isComposite ? 'CompositeAlarm' : 'MetricAlarm',
    Timestamp: atMs / 1000,
    HistoryItemType: 'StateUpdate',
    HistorySummary: `Alarm updated from ${from} to ${to}`,
    HistoryData: JSON.stringify({
      version: '1.0',
      oldState: { stateValue: from },
      newState: { stateValue: to, stateReason: reason },
    }),
  };
}

function describeHistory(engine: Engine, input: Json): Json {
  const name = optionalText(input, 'AlarmName');
  const fromMs = optionalMomentMs(input, 'StartDate') ?? Number.NEGATIVE_INFINITY;
  const toMs = optionalMomentMs(input, 'EndDate') ?? Number.POSITIVE_INFINITY;
  const matching = engine.alarms.history.filter(({ alarmName, atMs }) => {
    return (name === undefined || alarmName === name) && atMs >= fromMs && atMs <= toMs;
  });
  const isAscending = optionalText(input, 'ScanBy') === 'TimestampAscending';
  const ordered = isAscending ? matching : matching.toReversed();
  const page = ordered.slice(0, optionalNumber(input, 'MaxRecords') ?? 100);
  return { AlarmHistoryItems: page.map((change) => showChange(engine, change)) };
}

function setAlarmState({ alarms }: Engine, input: Json): Json {
  const state = requiredText(input, 'StateValue');
  if (state !== 'OK' && state !== 'ALARM' && state !== 'INSUFFICIENT_DATA') {
    throw new AwsError('ValidationError', `${state} is not an alarm state.`);
  }
  const alarm = alarms.require(requiredText(input, 'AlarmName'));
  alarms.change(alarm, { state, reason: requiredText(input, 'StateReason') });
  return {};
}

function setActions({ alarms }: Engine, input: Json, isEnabled: boolean): Json {
  for (const name of textListOf(input, 'AlarmNames')) {
    const alarm = alarms.byName.get(name);
    if (alarm) alarm.actionsEnabled = isEnabled;
  }
  return {};
}

type Handlers = Readonly<Record<string, (input: Json) => Json>>;

function alarmOperations(engine: Engine): Handlers {
  const { alarms, host } = engine;
  return {
    PutMetricAlarm(input) {
      alarms.put(input);
      host.persist('cloudwatch', { type: 'alarm', given: input });
      return {};
    },
    PutCompositeAlarm(input) {
      alarms.putComposite(input);
      host.persist('cloudwatch', { type: 'composite', given: input });
      return {};
    },
    DeleteAlarms(input) {
      const names = textListOf(input, 'AlarmNames');
      for (const name of names) alarms.remove(name);
      host.persist('cloudwatch', { type: 'deleted', names });
      return {};
    },
    DescribeAlarms: (input) => describeAlarms(engine, input),
    DescribeAlarmHistory: (input) => describeHistory(engine, input),
    SetAlarmState: (input) => setAlarmState(engine, input),
    EnableAlarmActions: (input) => setActions(engine, input, true),
    DisableAlarmActions: (input) => setActions(engine, input, false),
  };
}

/** Definitions are kept on disk; the states are not, they follow from the metrics of this run. */
function restore({ alarms }: Engine, record: Json): void {
  if (record['type'] === 'alarm') alarms.put(requiredJson(record, 'given'));
  else if (record['type'] === 'composite') alarms.putComposite(requiredJson(record, 'given'));
  else for (const name of textListOf(record, 'names')) alarms.remove(name);
}

function permissionsOf({ host }: Engine, operation: string, input: Json): Permission[] {
  const action = `cloudwatch:${operation}`;
  const namespace = optionalText(input, 'Namespace');
  if (operation === 'PutMetricData' && namespace !== undefined) {
    return [{ action, resource: '*', context: { 'cloudwatch:namespace': [namespace] } }];
  }
  const own = optionalText(input, 'AlarmName');
  const names = own === undefined ? textListOf(input, 'AlarmNames') : [own];
  const prefix = `arn:aws:cloudwatch:${host.region}:${host.accountId}:alarm:`;
  if (names.length === 0) return [{ action, resource: '*' }];
  return names.map((name) => ({ action, resource: `${prefix}${name}` }));
}

/** Amazon CloudWatch: metrics of the last three hours and the alarms on them. */
export function createCloudWatch(host: Host): CloudWatchService {
  const store = new MetricStore(() => host.clock.now());
  const engine: Engine = { host, store, alarms: new Alarms(host, store) };
  const { alarms } = engine;
  const handlers: Handlers = {
    ...alarmOperations(engine),
    PutMetricData: (input) => putMetricData(engine, input),
    ListMetrics: (input) => listMetrics(engine, input),
    GetMetricData: (input) => getMetricData(engine, input),
    GetMetricStatistics: (input) => getMetricStatistics(engine, input),
  };
  return {
    name: 'cloudwatch',
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('cloudwatch', operation);
      return handler(input);
    },
    permissions: (operation, input) => permissionsOf(engine, operation, input),
    restore: (record) => restore(engine, record),
    snapshot: () =>
      [...alarms.byName.values()].map(({ composite, given }) => ({
        type: composite ? 'composite' : 'alarm',
        given,
      })),
    putEmf(logLine, receivedAtMs) {
      const values = emfValues({ ...logLine }, receivedAtMs);
      for (const { id, value, atMs, unit } of values) store.put(id, value, atMs, unit);
      return values.length;
    },
    putValue: (namespace, name, dimensions, value, atMs, unit) =>
      store.put({ namespace, name, dimensions }, value, atMs, unit),
    values(id, fromMs, toMs) {
      const found: MetricValue[] = [];
      store
        .find(id)
        ?.samples.forEach(fromMs, toMs, (value, _weight, atMs) => found.push({ value, atMs }));
      return found;
    },
    onAlarmChange: (listener) => alarms.onChange(listener),
    alarmStates: () => new Map([...alarms.byName].map(([name, { state }]) => [name, state])),
    alarmHistory: () => alarms.history,
  };
}
