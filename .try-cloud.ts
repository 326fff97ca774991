import { SecretsManagerClient, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { startCloud } from './local/cloud.ts';
const t = performance.now();
const cloud = await startCloud({ assembly: '/work/main/cdk.out', port: 0, log: (m) => console.log('LOG', m) });
console.log('started', Math.round(performance.now() - t), 'ms');
const sm = new SecretsManagerClient({ endpoint: cloud.endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'root', secretAccessKey: 'x' } });
await sm.send(new PutSecretValueCommand({ SecretId: '/priliv/dev/gateways/tbank', SecretString: JSON.stringify({ synthetic: { terminalKey: 'SYN', passwords: ['p1'], allowedAddresses: [] } }) }));
const wait = (ms: number) => new Promise((r) => setTimeout(r, ms));
console.log(JSON.stringify(await cloud.invoke('PaySynthetic', { scheduledTime: 'x' })));
await wait(6000);
console.log(JSON.stringify(await cloud.invoke('WatchLedger', { scheduledTime: 'x' })));
await wait(2000);
for (const f of ['PaySynthetic', 'Webhooktbank', 'SettlePayments', 'PublishEvents', 'SealJournal', 'UpdateAccess', 'WatchLedger']) {
  const lines = cloud.logs(f);
  console.log('==', f, lines.length); for (const l of lines.slice(-3)) console.log('   ', JSON.stringify(l).slice(0, 600));
}
console.log('problems', cloud.problems());
const rep = cloud.iamReport().filter((g) => !/logs:|xray:/.test(g.action));
for (const role of ['Settle', 'tbank', 'PublishEventsFunction', 'SealJournalFunction', 'UpdateAccess', 'WatchLedgerFunction', 'PaySyntheticInvoiceFunction'])
  console.log('UNUSED', role, rep.filter((g) => g.role.includes(role) && !g.used).map((g) => `${g.action} ${g.resource.split(':').slice(5).join(':').slice(0, 60)}`));
console.log(JSON.stringify(cloud.alarms()).slice(0, 3000));
await cloud.stop();
process.exit(0);
