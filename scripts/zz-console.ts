import { GetSecretValueCommand, ListSecretsCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConsole } from '#local/console/console.ts';
import { DEMO_SELLER, startWorld } from './lib/world.ts';

const world = await startWorld({
  dataDir: mkdtempSync(join(tmpdir(), 'zz-console-')),
  say: (t) => console.log(t),
});
const sm = new SecretsManagerClient({ endpoint: world.cloud.endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'root', secretAccessKey: 'root' } });
const name = (await sm.send(new ListSecretsCommand({}))).SecretList?.map(({ Name = '' }) => Name).find((n) => n.endsWith('/tbank')) ?? '';
const value = JSON.parse((await sm.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? '{}');
value.synthetic.allowedAddresses = [];
await sm.send(new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(value) }));
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
process.once('SIGTERM', async () => {
  await page.stop();
  await world.stop();
  process.exit(0);
});
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 40 * 60_000);
