import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startConsole } from '#local/console/console.ts';
import { rememberConsole } from './lib/local-endpoint.ts';
import { createProgress } from './lib/progress.ts';
import { DEMO_SELLER, startWorld } from './lib/world.ts';

/**
 * `npm start`: the whole of Priliv on this machine, from the synthesized template, with simulated
 * acquirers and a page to watch it by.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4566' },
    console: { type: 'string', default: '4620' },
    acquirers: { type: 'string', default: '4630' },
    data: { type: 'string', default: resolve(import.meta.dirname, '../.priliv/data') },
  },
});

const progress = createProgress();
const startedAt = performance.now();
const world = await startWorld({
  dataDir: values.data,
  port: Number(values.port),
  acquirersPort: Number(values.acquirers),
  announce: true,
  say: (text) => progress.step(text),
});
const console = await startConsole({
  port: Number(values.console),
  cloud: world.cloud,
  acquirers: world.acquirers,
  operatorApi: { baseUrl: world.operatorApiUrl, token: world.token },
  seller: DEMO_SELLER,
});
await rememberConsole(console.url);

process.stdout.write(
  `
Priliv runs (${((performance.now() - startedAt) / 1000).toFixed(1)} s)

  Page            ${console.url}
  Webhooks        ${world.webhooksUrl}/webhooks/${DEMO_SELLER}/<gateway>
  Operator API    ${world.operatorApiUrl}/v1
  AWS endpoint    ${world.cloud.endpoint}   (region eu-central-1, any credentials)
  Operator token  ${await world.token()}

  curl -H "Authorization: Bearer $TOKEN" "${world.operatorApiUrl}/v1/invoices?seller=${DEMO_SELLER}"
  aws --endpoint-url ${world.cloud.endpoint} dynamodb list-tables
  npm run ledger:verify
  npm run demo -- peak 5

Ctrl-C stops it; the data stays in ${values.data}.
`,
);

async function stop(): Promise<void> {
  await console.stop();
  await world.stop();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
// The servers hold the process open; timers do not.
setInterval(() => {}, 2 ** 30);
