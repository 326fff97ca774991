import { startCloud } from '#local/cloud.ts';
import { apiNamed, createTokens, tableNamed } from '../../scripts/lib/world.ts';

/** A local cloud as a process of its own, to be killed: `node cloud-process.ts <data dir> <port>`. */
const [dataDir, port] = process.argv.slice(2);
if (dataDir === undefined || port === undefined)
  throw new Error('usage: cloud-process <data dir> <port>');

const cloud = await startCloud({
  assembly: 'cdk.out',
  dataDir,
  port: Number(port),
  maxEnvironments: 2,
});
process.stdout.write(
  `${JSON.stringify({
    endpoint: cloud.endpoint,
    webhooksUrl: apiNamed(cloud, 'webhooks'),
    operatorApiUrl: apiNamed(cloud, 'operator'),
    token: await createTokens(cloud)(),
    tables: { ledger: tableNamed(cloud, 'ledger'), journal: tableNamed(cloud, 'journal') },
  })}\n`,
);
setInterval(() => {}, 2 ** 30);
