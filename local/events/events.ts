import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import { drawFaults, type FaultRule, runUnderFaults } from '#local/kernel/faults.ts';
import {
  jsonListOf,
  optionalNumber,
  optionalText,
  requiredJson,
  requiredText,
  textListOf,
} from '#local/kernel/input.ts';
import { randomUuid } from '#local/kernel/random.ts';
import type { Host, Json, Permission, Service } from '#local/kernel/service.ts';
import { type DeliverEvents, Deliveries, type Delivery, deliveriesRecord } from './deliveries.ts';
import { type EventEnvelope, entriesOf, envelopeOf } from './entries.ts';
import { compilePattern } from './pattern.ts';
import { busNameOf, busRecord, type Rule, RuleBook, ruleRecord, shownRule } from './rules.ts';

/** A fault that strikes EventBridge calls. */
export type EventsFaultRule = FaultRule;

export type EventsService = Service & {
  readonly faults: EventsFaultRule[];
  /** After restore: goes on with the deliveries that an earlier run did not finish. */
  resume(): void;
  /** MatchedEvents, Invocations, FailedInvocations and dead letters since the start, per rule. */
  stats(): { rule: string; bus: string; counters: Rule['counters'] }[];
  /** How many accepted deliveries are neither made nor given up. */
  pendingCount(): number;
};

type Engine = { host: Host; book: RuleBook; deliveries: Deliveries };

function deliveriesFor({ host, book }: Engine, busName: string, event: EventEnvelope): Delivery[] {
  const matching = [...book.bus(busName).rules.values()].filter(
    (rule) => rule.isEnabled && rule.matches(event),
  );
  return matching.flatMap((rule) => {
    rule.counters.matchedEvents += 1;
    return [...rule.targets.keys()].map((targetId) => ({
      id: randomUuid(host.random),
      busName,
      ruleName: rule.name,
      targetId,
      event,
      acceptedAtMs: host.clock.now(),
    }));
  });
}

/** Accepts what is valid, puts its deliveries on record, and only then begins to deliver. */
function putEvents(engine: Engine, input: Json): Json {
  const accepted: Delivery[] = [];
  const entries = entriesOf(input).map((entry) => {
    const event = envelopeOf(engine.host, entry);
    if ('ErrorCode' in event) return event;
    const busName = busNameOf(optionalText(entry, 'EventBusName'));
    // An event for a bus that does not exist is accepted and matches nothing.
    if (engine.book.buses.has(busName)) accepted.push(...deliveriesFor(engine, busName, event));
    return { EventId: event.id };
  });
  if (accepted.length > 0) engine.host.persist('events', deliveriesRecord(accepted));
  for (const delivery of accepted) engine.deliveries.start(delivery);
  return {
    FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length,
    Entries: entries,
  };
}

function createBus({ host, book }: Engine, input: Json): Json {
  const name = requiredText(input, 'Name');
  if (book.buses.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
  }
  const bus = book.openBus(name, host.clock.now());
  host.persist('events', busRecord(bus));
  return { EventBusArn: bus.arn };
}

function saveRule({ host }: Engine, rule: Rule): void {
  host.persist('events', ruleRecord(rule));
}

function deleteRule({ host, book }: Engine, input: Json): Json {
  const bus = book.bus(optionalText(input, 'EventBusName'));
  const name = requiredText(input, 'Name');
  const rule = bus.rules.get(name);
  if (!rule) return {};
  if (rule.targets.size > 0) {
    throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
  }
  bus.rules.delete(name);
  host.persist('events', { type: 'rule_deleted', bus: bus.name, name });
  return {};
}

function setEnabled(engine: Engine, input: Json, isEnabled: boolean): Json {
  const { book } = engine;
  const rule = book.rule(
    book.bus(optionalText(input, 'EventBusName')),
    requiredText(input, 'Name'),
  );
  rule.isEnabled = isEnabled;
  saveRule(engine, rule);
  return {};
}

type Handlers = Readonly<Record<string, (input: Json) => Json>>;

function ruleOperations(engine: Engine): Handlers {
  const { book } = engine;
  const ruleOf = (input: Json, name: string) =>
    book.rule(book.bus(optionalText(input, 'EventBusName')), requiredText(input, name));
  return {
    PutRule(input) {
      const rule = book.putRule(input);
      saveRule(engine, rule);
      return { RuleArn: rule.arn };
    },
    PutTargets(input) {
      saveRule(engine, book.putTargets(input));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets(input) {
      saveRule(engine, book.removeTargets(input));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    DescribeRule: (input) => shownRule(ruleOf(input, 'Name')),
    ListRules(input) {
      const prefix = optionalText(input, 'NamePrefix') ?? '';
      const rules = [...book.bus(optionalText(input, 'EventBusName')).rules.values()];
      return { Rules: rules.filter(({ name }) => name.startsWith(prefix)).map(shownRule) };
    },
    ListTargetsByRule: (input) => ({
      Targets: [...ruleOf(input, 'Rule').targets.values()].map(({ given }) => given),
    }),
    DeleteRule: (input) => deleteRule(engine, input),
    EnableRule: (input) => setEnabled(engine, input, true),
    DisableRule: (input) => setEnabled(engine, input, false),
    TestEventPattern(input) {
      const matches = compilePattern(requiredText(input, 'EventPattern'));
      return { Result: matches(JSON.parse(requiredText(input, 'Event'))) };
    },
  };
}

function busOperations(engine: Engine): Handlers {
  const { book } = engine;
  return {
    PutEvents: (input) => putEvents(engine, input),
    CreateEventBus: (input) => createBus(engine, input),
    DescribeEventBus(input) {
      const bus = book.bus(optionalText(input, 'Name'));
      return { Name: bus.name, Arn: bus.arn };
    },
    ListEventBuses: () => ({
      EventBuses: [...book.buses.values()].map(({ name, arn }) => ({ Name: name, Arn: arn })),
    }),
  };
}

function deliveryFromRecord(record: Json): Delivery {
  const event = requiredJson(record, 'event');
  return {
    id: requiredText(record, 'id'),
    busName: requiredText(record, 'busName'),
    ruleName: requiredText(record, 'ruleName'),
    targetId: requiredText(record, 'targetId'),
    acceptedAtMs: optionalNumber(record, 'acceptedAtMs') ?? 0,
    event: {
      version: '0',
      id: requiredText(event, 'id'),
      'detail-type': requiredText(event, 'detail-type'),
      source: requiredText(event, 'source'),
      account: requiredText(event, 'account'),
      time: requiredText(event, 'time'),
      region: requiredText(event, 'region'),
      resources: textListOf(event, 'resources'),
      detail: requiredJson(event, 'detail'),
    },
  };
}

function restore({ book, deliveries }: Engine, record: Json): void {
  switch (record['type']) {
    case 'bus':
      book.openBus(requiredText(record, 'name'), optionalNumber(record, 'createdAtMs') ?? 0);
      break;
    case 'rule': {
      const rule = book.putRule(record);
      rule.targets.clear();
      book.putTargets({ ...record, Rule: rule.name });
      break;
    }
    case 'rule_deleted':
      book.bus(requiredText(record, 'bus')).rules.delete(requiredText(record, 'name'));
      break;
    case 'accepted':
      for (const fields of jsonListOf(record, 'deliveries')) {
        deliveries.restore(deliveryFromRecord(fields));
      }
      break;
    case 'finished':
      for (const id of textListOf(record, 'ids')) deliveries.pending.delete(id);
      break;
    default:
      throw new Error(`unknown events record ${String(record['type'])}`);
  }
}

function* snapshot({ book, deliveries }: Engine): Generator<Json> {
  for (const bus of book.buses.values()) {
    if (bus.name !== 'default') yield busRecord(bus);
    for (const rule of bus.rules.values()) yield ruleRecord(rule);
  }
  for (const delivery of deliveries.pending.values()) yield deliveriesRecord([delivery]);
}

function permissionsOf({ book }: Engine, operation: string, input: Json): Permission[] {
  const action = `events:${operation}`;
  if (operation === 'PutEvents') {
    const names = jsonListOf(input, 'Entries').map((entry) =>
      busNameOf(optionalText(entry, 'EventBusName')),
    );
    return [...new Set(names)].map((name) => ({ action, resource: book.arn(`event-bus/${name}`) }));
  }
  const rule =
    optionalText(input, 'Rule') ??
    (operation.includes('Rule') ? optionalText(input, 'Name') : undefined);
  const busName = busNameOf(optionalText(input, 'EventBusName') ?? optionalText(input, 'Name'));
  const ruleBus = busNameOf(optionalText(input, 'EventBusName'));
  if (rule === undefined) return [{ action, resource: book.arn(`event-bus/${busName}`) }];
  const path = ruleBus === 'default' ? rule : `${ruleBus}/${rule}`;
  return [{ action, resource: book.arn(`rule/${path}`) }];
}

function callUnderFaults(
  { host }: Engine,
  faults: readonly EventsFaultRule[],
  operation: string,
  run: () => Json,
): Promise<Json> {
  const drawn = drawFaults(
    host,
    faults,
    (rule) => rule.operation === undefined || rule.operation === operation,
  );
  const errors = {
    throttled: () => new AwsError('ThrottlingException', 'Rate exceeded by a fault rule.'),
    failed: () => new AwsError('InternalException', 'Failed by a fault rule.', 500),
  };
  return runUnderFaults(host.clock, drawn, errors, async () => run());
}

/** Amazon EventBridge: buses, rules with patterns, and deliveries that survive a restart. */
export function createEvents(host: Host, to: DeliverEvents): EventsService {
  const book = new RuleBook(host);
  const deliveries = new Deliveries(host, to, (bus, rule) => book.buses.get(bus)?.rules.get(rule));
  const engine: Engine = { host, book, deliveries };
  const handlers: Handlers = { ...busOperations(engine), ...ruleOperations(engine) };
  const faults: EventsFaultRule[] = [];
  return {
    name: 'events',
    faults,
    call: async (operation, input) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (!handler) throw notEmulated('events', operation);
      return callUnderFaults(engine, faults, operation, () => handler(input));
    },
    permissions: (operation, input) => permissionsOf(engine, operation, input),
    restore: (record) => restore(engine, record),
    snapshot: () => snapshot(engine),
    resume: () => deliveries.resume(),
    pendingCount: () => deliveries.pending.size,
    stats: () =>
      [...book.buses.values()].flatMap(({ name: bus, rules }) =>
        [...rules.values()].map(({ name: rule, counters }) => ({ rule, bus, counters })),
      ),
  };
}
