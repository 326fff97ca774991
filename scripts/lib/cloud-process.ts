import { startCloud } from '#local/cloud.ts';
import { apiNamed, createTokens, tableNamed } from './world.ts';

/**
 * The local cloud as a process of its own, to be killed: `node cloud-process.ts <data dir> <port> [<environments>]`.
 *
 * What `npm start` runs, without the acquirers: they are the world outside and outlive the kill.
 */
const [dataDir, port, maxEnvironments = '2'] = process.argv.slice(2);
if (dataDir === undefined || port === undefined)
  throw new Error('usage: cloud-process <data dir> <port>');

const cloud = await startCloud({
  assembly: 'cdk.out',
  dataDir,
  port: Number(port),
  maxEnvironments: Number(maxEnvironments),
});
process.stdout.write(
  `${JSON.stringify({
    endpoint: cloud.endpoint,
    webhooksUrl: apiNamed(cloud, 'webhooks'),
    operatorApiUrl: apiNamed(cloud, 'operator'),
    token: await createTokens(cloud)(),
    tables: {
      ledger: tableNamed(cloud, 'ledger'),
      journal: tableNamed(cloud, 'journal'),
      access: tableNamed(cloud, 'access'),
    },
  })}\n`,
);
setInterval(() => {}, 2 ** 30);
