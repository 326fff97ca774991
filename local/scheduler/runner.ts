import {
  backoffMs,
  DAY_MS,
  describeFailure,
  type Exhausted,
  whyNoRetry,
} from '#local/events/retry.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Cancel } from '#local/kernel/clock.ts';
import { optionalText, requiredText } from '#local/kernel/input.ts';
import { randomUuid } from '#local/kernel/random.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import { nextFireAtMs, payloadFor, type Schedule } from './schedule.ts';

export type ScheduleFailure = {
  scheduleArn: string;
  targetArn: string;
  errorCode: string;
  errorMessage: string;
  retryAttempts: number;
  exhausted: Exhausted;
};

export type InvokeSchedules = {
  /** `payload` is the target's input as JSON text. A rejected promise is a failed attempt. */
  invoke(schedule: Schedule, payload: string, scheduledAtMs: number): Promise<void>;
  deadLetter(queueArn: string, payload: string, failure: ScheduleFailure): Promise<void> | void;
};

/** A schedule, the timer of its next moment, and its counts since the start of the process. */
export type Entry = {
  schedule: Schedule;
  timer: Cancel | undefined;
  counters: { invoked: number; failed: number; missed: number };
};

export function nameOf(group: string, name: string): string {
  return `${group}/${name}`;
}

/** Timers of a real clock overflow after 24 days, so a far moment is approached day by day. */
const LONGEST_TIMER_MS = DAY_MS;

/** Fires the schedules of the account. */
export class Runner {
  readonly host: Host;
  readonly #to: InvokeSchedules;
  readonly entries = new Map<string, Entry>();
  readonly groups = new Map<string, number>([['default', 0]]);
  paused = false;

  constructor(host: Host, to: InvokeSchedules) {
    this.host = host;
    this.#to = to;
  }

  arn(kind: 'schedule' | 'schedule-group', path: string): string {
    return `arn:aws:scheduler:${this.host.region}:${this.host.accountId}:${kind}/${path}`;
  }

  require(input: Json): Entry {
    const name = requiredText(input, 'Name');
    const entry = this.entries.get(nameOf(optionalText(input, 'GroupName') ?? 'default', name));
    if (entry) return entry;
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  }

  put(schedule: Schedule): Entry {
    const key = nameOf(schedule.group, schedule.name);
    const known = this.entries.get(key);
    known?.timer?.();
    const counters = known?.counters ?? { invoked: 0, failed: 0, missed: 0 };
    const entry: Entry = { schedule, timer: undefined, counters };
    this.entries.set(key, entry);
    return entry;
  }

  remove({ schedule, timer }: Entry): void {
    timer?.();
    this.entries.delete(nameOf(schedule.group, schedule.name));
  }

  /** Sets the timer for the next moment after `afterMs`. */
  arm(entry: Entry, afterMs: number): void {
    entry.timer?.();
    entry.timer = undefined;
    const nextAtMs = nextFireAtMs(entry.schedule, afterMs);
    if (nextAtMs !== undefined) this.#approach(entry, nextAtMs);
  }

  #approach(entry: Entry, fireAtMs: number): void {
    const { clock } = this.host;
    const atMs = Math.min(fireAtMs, clock.now() + LONGEST_TIMER_MS);
    entry.timer = clock.schedule(atMs, () => {
      if (atMs < fireAtMs) this.#approach(entry, fireAtMs);
      else this.#due(entry, fireAtMs);
    });
  }

  /** A moment has come. The next one counts from it, not from the present: late timers do not drift. */
  #due(entry: Entry, scheduledAtMs: number): void {
    const isLast = entry.schedule.expression.isOneTime;
    const afterMs = Math.max(scheduledAtMs, this.host.clock.now() - 1);
    if (!isLast) this.arm(entry, afterMs);
    if (this.paused) {
      entry.counters.missed += 1;
      return;
    }
    if (isLast) this.complete(entry);
    this.#invoke(entry, { scheduledAtMs, executionId: randomUuid(this.host.random), attempt: 1 });
  }

  /** Puts on record that a one-time schedule ran, so that a restart does not run it again. */
  complete(entry: Entry): void {
    entry.timer = undefined;
    const { group, name, deleteAfterCompletion } = entry.schedule;
    if (deleteAfterCompletion) this.remove(entry);
    else entry.schedule.isEnabled = false;
    const type = deleteAfterCompletion ? 'deleted' : 'completed';
    this.host.persist('scheduler', { type, group, name });
  }

  #invoke(
    entry: Entry,
    run: { scheduledAtMs: number; executionId: string; attempt: number },
  ): void {
    const { schedule, counters } = entry;
    const payload = payloadFor(schedule, run, this.host);
    const attempt = async () => this.#to.invoke(schedule, payload, run.scheduledAtMs);
    attempt().then(
      () => {
        counters.invoked += 1;
      },
      (error: unknown) => {
        const { clock, random } = this.host;
        const retries = run.attempt - 1;
        const nextAtMs = clock.now() + backoffMs(retries, random());
        const state = { error, retries, bornAtMs: run.scheduledAtMs, nextAtMs };
        const exhausted = whyNoRetry(schedule.target.retry, state);
        if (exhausted) this.#giveUp(entry, payload, { error, retries, exhausted });
        else {
          const again = { ...run, attempt: run.attempt + 1 };
          // Retries are not persisted: after a restart the next tick does the work of a lost one.
          clock.schedule(nextAtMs, () => this.#invoke(entry, again));
        }
      },
    );
  }

  #giveUp(
    { schedule, counters }: Entry,
    payload: string,
    { error, retries, exhausted }: { error: unknown; retries: number; exhausted: Exhausted },
  ): void {
    counters.failed += 1;
    const { deadLetterArn, arn: targetArn } = schedule.target;
    if (deadLetterArn === undefined) return;
    const reason = { retryAttempts: retries, exhausted, ...describeFailure(error) };
    const send = async () =>
      this.#to.deadLetter(deadLetterArn, payload, {
        scheduleArn: schedule.arn,
        targetArn,
        ...reason,
      });
    // AWS drops an invocation whose dead letter cannot be written.
    send().catch(() => undefined);
  }
}
