import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConsole } from '#local/console/console.ts';
import { DEMO_SELLER, startWorld } from './lib/world.ts';

const world = await startWorld({
  dataDir: mkdtempSync(join(tmpdir(), 'zz-console-')),
  say: (t) => console.log(t),
});
const page = await startConsole({
  port: 0,
  cloud: world.cloud,
  acquirers: world.acquirers,
  operatorApi: { baseUrl: world.operatorApiUrl, token: world.token },
  seller: DEMO_SELLER,
  log: (m) => console.log('!', m),
});
writeFileSync('/tmp/zz-console.url', page.url);
console.log(page.url);
setTimeout(async () => { for (const p of ['/v1/rejected-deliveries?gateway=tbank','/v1/rejected?gateway=tbank','/v1/deliveries?gateway=tbank']) console.log('REJ', p, JSON.stringify(await world.operator.get(p)).slice(0, 1500)); for (const l of world.cloud.logs('ReceiveWebhooktbank')) if (/synthetic|Refused/.test(l.text)) console.log('LOG', l.text.slice(0,600)); }, 110_000);
process.once('SIGTERM', async () => {
  await page.stop();
  await world.stop();
  process.exit(0);
});
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 40 * 60_000);
