import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Cancel } from '#local/kernel/clock.ts';
import { optionalFlag, requiredText } from '#local/kernel/input.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import {
  type AlarmDefinition,
  alarmFrom,
  datapointsAt,
  decideAlarm,
  type Verdict,
} from './alarm.ts';
import { type AlarmRule, type AlarmState, parseAlarmRule } from './alarm-rule.ts';
import type { MetricStore } from './metric-store.ts';

/** One transition of an alarm. */
export type AlarmChange = {
  alarmName: string;
  alarmArn: string;
  from: AlarmState;
  to: AlarmState;
  reason: string;
  atMs: number;
  /** Whether the alarm's actions would run. */
  actionsEnabled: boolean;
  /** The ARNs of the actions of the new state. */
  actions: readonly string[];
};

export type Alarm = {
  name: string;
  arn: string;
  metric: AlarmDefinition | undefined;
  composite: AlarmRule | undefined;
  given: Json;
  state: AlarmState;
  reason: string;
  changedAtMs: number;
  actionsEnabled: boolean;
};

/** Alarms with periods below a minute are evaluated this often, the others each minute. */
const FAST_TICK_MS = 10_000;
const SLOW_TICK_MS = 60_000;
/** Values of a period may arrive just after its end, so the evaluation waits a moment for them. */
const INGESTION_MS = 1_000;
const MAX_HISTORY = 10_000;

const ACTIONS_OF: Readonly<Record<AlarmState, string>> = {
  OK: 'OKActions',
  ALARM: 'AlarmActions',
  INSUFFICIENT_DATA: 'InsufficientDataActions',
};

/** The alarms, their evaluation by the clock, and what became of them. */
export class Alarms {
  readonly #host: Host;
  readonly #store: MetricStore;
  readonly #listeners = new Set<(change: AlarmChange) => void>();
  readonly byName = new Map<string, Alarm>();
  /** Newest last. */
  readonly history: AlarmChange[] = [];
  #tick: Cancel | undefined;
  readonly #startedAtMs: number;

  constructor(host: Host, store: MetricStore) {
    this.#host = host;
    this.#store = store;
    this.#startedAtMs = host.clock.now();
  }

  onChange(listener: (change: AlarmChange) => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  put(given: Json): Alarm {
    const metric = alarmFrom(given);
    const alarm = this.#keep(given, { metric, composite: undefined });
    this.#arm();
    return alarm;
  }

  putComposite(given: Json): Alarm {
    if (given['ActionsSuppressor'] !== undefined) {
      throw notEmulated('cloudwatch', 'PutCompositeAlarm with ActionsSuppressor');
    }
    const composite = parseAlarmRule(requiredText(given, 'AlarmRule'));
    this.#checkNoCycle(requiredText(given, 'AlarmName'), composite);
    const alarm = this.#keep(given, { metric: undefined, composite });
    this.#evaluateComposites();
    return alarm;
  }

  remove(name: string): void {
    this.byName.delete(name);
  }

  require(name: string): Alarm {
    const alarm = this.byName.get(name);
    if (alarm) return alarm;
    throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist`, 404);
  }

  /** Changes the state and tells everybody, unless it is the state already. */
  change(alarm: Alarm, { state, reason }: Verdict): void {
    if (alarm.state === state) return;
    const atMs = this.#host.clock.now();
    const actions = alarm.given[ACTIONS_OF[state]];
    const change: AlarmChange = {
      alarmName: alarm.name,
      alarmArn: alarm.arn,
      from: alarm.state,
      to: state,
      reason,
      atMs,
      actionsEnabled: alarm.actionsEnabled,
      actions: Array.isArray(actions) ? actions.map(String) : [],
    };
    Object.assign(alarm, { state, reason, changedAtMs: atMs });
    this.history.push(change);
    if (this.history.length > MAX_HISTORY) this.history.shift();
    for (const listener of this.#listeners) listener(change);
    this.#evaluateComposites();
  }

  /** Alarms that depend on themselves would never come to rest, so CloudWatch refuses them. */
  #checkNoCycle(name: string, rule: AlarmRule): void {
    const seen = new Set<string>();
    const reached = [...rule.alarmNames];
    for (let next = reached.pop(); next !== undefined; next = reached.pop()) {
      if (next === name) throw new AwsError('ValidationError', `AlarmRule of ${name} has a cycle.`);
      if (seen.has(next)) continue;
      seen.add(next);
      reached.push(...(this.byName.get(next)?.composite?.alarmNames ?? []));
    }
  }

  /** A changed alarm keeps the state that it has, as in CloudWatch. */
  #keep(given: Json, kind: Pick<Alarm, 'metric' | 'composite'>): Alarm {
    const name = requiredText(given, 'AlarmName');
    const known = this.byName.get(name);
    const { region, accountId, clock } = this.#host;
    const alarm: Alarm = {
      name,
      arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      ...kind,
      given,
      state: known?.state ?? 'INSUFFICIENT_DATA',
      reason: known?.reason ?? 'Unchecked: Initial alarm creation',
      changedAtMs: known?.changedAtMs ?? clock.now(),
      actionsEnabled: optionalFlag(given, 'ActionsEnabled') ?? true,
    };
    this.byName.set(name, alarm);
    return alarm;
  }

  #arm(): void {
    if (this.#tick) return;
    const { clock } = this.#host;
    const sinceMs = clock.now() - INGESTION_MS;
    const boundaryMs = (Math.floor(sinceMs / FAST_TICK_MS) + 1) * FAST_TICK_MS;
    this.#tick = clock.schedule(boundaryMs + INGESTION_MS, () => {
      this.#tick = undefined;
      this.#evaluateDue(boundaryMs);
      if (this.byName.size > 0) this.#arm();
    });
  }

  #evaluateDue(boundaryMs: number): void {
    const isSlowTick = boundaryMs % SLOW_TICK_MS === 0;
    for (const alarm of [...this.byName.values()]) {
      if (!alarm.metric) continue;
      const isDue = isSlowTick || alarm.metric.periodMs < SLOW_TICK_MS;
      if (isDue && !this.#looksBeforeStart(alarm, boundaryMs)) {
        const datapoints = datapointsAt(this.#store, alarm.metric, boundaryMs);
        this.change(alarm, decideAlarm(alarm.metric, datapoints, alarm.state));
      }
    }
  }

  /**
   * Metrics are forgotten at a restart, so an alarm that takes silence for trouble would ring at
   * each start. It waits until its whole window lies behind the start; CloudWatch would not.
   */
  #looksBeforeStart({ metric, state }: Alarm, boundaryMs: number): boolean {
    if (metric?.missingData !== 'breaching' || state !== 'INSUFFICIENT_DATA') return false;
    return boundaryMs - metric.periodMs * metric.evaluationPeriods < this.#startedAtMs;
  }

  #evaluateComposites(): void {
    for (const alarm of [...this.byName.values()]) {
      if (!alarm.composite) continue;
      const holds = alarm.composite.holds((name) => this.byName.get(name)?.state);
      const state = holds ? 'ALARM' : 'OK';
      const names = [...alarm.composite.alarmNames];
      const states = names.map((name) => `${name} is ${this.byName.get(name)?.state ?? 'absent'}`);
      this.change(alarm, { state, reason: `The rule is ${holds}: ${states.join(', ')}` });
    }
  }
}
