import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import {
  jsonListOf,
  optionalJson,
  optionalNumber,
  optionalText,
  requiredText,
  textListOf,
} from '#local/kernel/input.ts';
import type { Host, Json } from '#local/kernel/service.ts';
import { compilePattern } from './pattern.ts';
import { DEFAULT_RETRIES } from './retry.ts';

/** A rule's target, as PutTargets takes it. */
export type Target = {
  id: string;
  arn: string;
  roleArn: string | undefined;
  /** Constant JSON text that replaces the event. */
  input: string | undefined;
  /** Which part of the event is delivered. */
  inputPath: string | undefined;
  maxRetries: number;
  maxAgeMs: number;
  deadLetterArn: string | undefined;
  /** `SqsParameters.MessageGroupId`. */
  messageGroupId: string | undefined;
  /** The target as it was given, for ListTargetsByRule and for disk. */
  given: Json;
};

export type Rule = {
  name: string;
  arn: string;
  busName: string;
  pattern: string;
  matches: (event: unknown) => boolean;
  isEnabled: boolean;
  description: string | undefined;
  targets: Map<string, Target>;
  /** Since the start of the process, as AWS/Events counts them. */
  readonly counters: {
    matchedEvents: number;
    invocations: number;
    failedInvocations: number;
    deadLettered: number;
  };
};

export type Bus = { name: string; arn: string; createdAtMs: number; rules: Map<string, Rule> };

const MAX_TARGETS = 5;

export function targetFrom(given: Json): Target {
  if (given['InputTransformer'] !== undefined) {
    throw notEmulated('events', 'PutTargets with InputTransformer');
  }
  const input = optionalText(given, 'Input');
  if (input !== undefined && !isJsonText(input)) {
    throw new AwsError('ValidationException', 'Input is not valid JSON text.');
  }
  const retry = optionalJson(given, 'RetryPolicy') ?? {};
  const maxAgeSeconds = optionalNumber(retry, 'MaximumEventAgeInSeconds');
  return {
    id: requiredText(given, 'Id'),
    arn: requiredText(given, 'Arn'),
    roleArn: optionalText(given, 'RoleArn'),
    input,
    inputPath: optionalText(given, 'InputPath'),
    maxRetries: optionalNumber(retry, 'MaximumRetryAttempts') ?? DEFAULT_RETRIES.maxRetries,
    maxAgeMs: maxAgeSeconds === undefined ? DEFAULT_RETRIES.maxAgeMs : maxAgeSeconds * 1000,
    deadLetterArn: optionalText(optionalJson(given, 'DeadLetterConfig') ?? {}, 'Arn'),
    messageGroupId: optionalText(optionalJson(given, 'SqsParameters') ?? {}, 'MessageGroupId'),
    given,
  };
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', `${what} does not exist.`);
}

/** The buses, rules and targets of the account. */
export class RuleBook {
  readonly #host: Host;
  readonly buses = new Map<string, Bus>();

  constructor(host: Host) {
    this.#host = host;
    // Every account has this bus from the beginning.
    this.openBus('default', 0);
  }

  arn(resource: string): string {
    return `arn:aws:events:${this.#host.region}:${this.#host.accountId}:${resource}`;
  }

  openBus(name: string, createdAtMs: number): Bus {
    const bus: Bus = { name, arn: this.arn(`event-bus/${name}`), createdAtMs, rules: new Map() };
    this.buses.set(name, bus);
    return bus;
  }

  /** By name or ARN; the default bus when absent. */
  bus(nameOrArn: string | undefined): Bus {
    const name = busNameOf(nameOrArn);
    const bus = this.buses.get(name);
    if (bus) return bus;
    throw notFound(`Event bus ${name}`);
  }

  rule(bus: Bus, name: string): Rule {
    const rule = bus.rules.get(name);
    if (rule) return rule;
    throw notFound(`Rule ${name} on EventBus ${bus.name}`);
  }

  putRule(input: Json): Rule {
    if (input['ScheduleExpression'] !== undefined) {
      throw notEmulated('events', 'PutRule with ScheduleExpression (use EventBridge Scheduler)');
    }
    const bus = this.bus(optionalText(input, 'EventBusName'));
    const name = requiredText(input, 'Name');
    const pattern = requiredText(input, 'EventPattern');
    const path = bus.name === 'default' ? name : `${bus.name}/${name}`;
    const known = bus.rules.get(name);
    const rule: Rule = {
      name,
      arn: this.arn(`rule/${path}`),
      busName: bus.name,
      pattern,
      matches: compilePattern(pattern),
      isEnabled: (optionalText(input, 'State') ?? 'ENABLED') !== 'DISABLED',
      description: optionalText(input, 'Description'),
      targets: known?.targets ?? new Map(),
      counters: known?.counters ?? {
        matchedEvents: 0,
        invocations: 0,
        failedInvocations: 0,
        deadLettered: 0,
      },
    };
    bus.rules.set(name, rule);
    return rule;
  }

  putTargets(input: Json): Rule {
    const rule = this.rule(
      this.bus(optionalText(input, 'EventBusName')),
      requiredText(input, 'Rule'),
    );
    const targets = jsonListOf(input, 'Targets').map(targetFrom);
    const ids = new Set([...rule.targets.keys(), ...targets.map(({ id }) => id)]);
    if (ids.size > MAX_TARGETS) {
      throw new AwsError(
        'LimitExceededException',
        'The requested resource exceeds the maximum number allowed.',
      );
    }
    for (const target of targets) rule.targets.set(target.id, target);
    return rule;
  }

  removeTargets(input: Json): Rule {
    const rule = this.rule(
      this.bus(optionalText(input, 'EventBusName')),
      requiredText(input, 'Rule'),
    );
    for (const id of textListOf(input, 'Ids')) rule.targets.delete(id);
    return rule;
  }
}

export function busNameOf(nameOrArn: string | undefined): string {
  return nameOrArn?.split('/').at(-1) ?? 'default';
}

export function busRecord({ name, createdAtMs }: Bus): Json {
  return { type: 'bus', name, createdAtMs };
}

/** A rule with all its targets, in the words of PutRule and PutTargets. */
export function ruleRecord(rule: Rule): Json {
  return {
    type: 'rule',
    EventBusName: rule.busName,
    Name: rule.name,
    EventPattern: rule.pattern,
    State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
    Description: rule.description,
    Targets: [...rule.targets.values()].map(({ given }) => given),
  };
}

export function shownRule(rule: Rule): Json {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.busName,
    EventPattern: rule.pattern,
    State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
    ...(rule.description === undefined ? {} : { Description: rule.description }),
  };
}
