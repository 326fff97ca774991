import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { systemClock } from '#shared/platform/clock.ts';
import { createLedgerCatchUp } from './lib/ledger-catch-up.ts';
import { localEndpoint } from './lib/local-endpoint.ts';

/**
 * `npm run ledger:catch-up`: seals and tells from the ledger table what its stream has lost.
 *
 * Against AWS: `-- --ledger <table> --journal <table> --bus <name>` with the permissions that
 * docs/runbook.md lists. Without arguments it works on the local cloud that `npm start` runs. It may run
 * at any time and any number of times.
 */
const { values } = parseArgs({
  options: {
    ledger: { type: 'string' },
    journal: { type: 'string' },
    bus: { type: 'string' },
    /** How long the stream may still bring by itself what is missing. */
    'grace-seconds': { type: 'string', default: '120' },
    'dry-run': { type: 'boolean', default: false },
  },
});

const local = values.ledger === undefined ? await localEndpoint() : undefined;
const config = local && {
  endpoint: local.endpoint,
  region: local.region,
  credentials: local.credentials,
};
const dynamodb = new DynamoDBClient(config ?? {});
const events = new EventBridgeClient(config ?? {});

async function localBus(): Promise<string | undefined> {
  const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
  return EventBuses.find(({ Name }) => Name !== 'default')?.Name;
}

const catchUp = createLedgerCatchUp({
  dynamodb,
  events,
  tables: {
    ledger: values.ledger ?? local?.tables.ledger ?? '',
    journal: values.journal ?? local?.tables.journal ?? '',
  },
  bus: local ? await localBus() : values.bus,
  clock: systemClock,
  pause: async (ms) => {
    process.stdout.write(`Something is missing. The stream has ${ms / 1000} s to bring it.\n`);
    await sleep(ms);
  },
});

const { seen, followers } = await catchUp({
  graceMs: Number(values['grace-seconds']) * 1000,
  isDryRun: values['dry-run'],
});
process.stdout.write(`${seen} items\n`);
for (const [name, counts] of Object.entries(followers)) {
  const parts = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`${name}: ${parts.join(', ')}\n`);
}
const isWhole = Object.values(followers).every(
  ({ refused = 0, unreadable = 0 }) => refused + unreadable === 0,
);
process.exitCode = isWhole ? 0 : 1;
