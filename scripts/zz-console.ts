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
setTimeout(() => { for (const l of world.cloud.logs('PaySyntheticInvoice')) console.log('LOG', JSON.stringify(l).slice(0, 900)); }, 200_000);
process.once('SIGTERM', async () => {
  await page.stop();
  await world.stop();
  process.exit(0);
});
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 40 * 60_000);
