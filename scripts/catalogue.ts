import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createCatalogueStore } from '#shared/catalogue/adapters/catalogue-store.ts';
import { systemClock } from '#shared/platform/clock.ts';
import { runCatalogueCli } from './lib/catalogue-cli.ts';

/**
 * `node scripts/catalogue.ts validate|diff|apply|show`: the catalogue as a file.
 *
 * Against AWS with the usual credentials; against a local cloud with `--endpoint`.
 */
const LOCAL = {
  region: process.env['AWS_REGION'] ?? 'eu-central-1',
  // A local cloud asks for some credentials and takes any.
  credentials: {
    accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'local',
    secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'local',
  },
};

process.exitCode = await runCatalogueCli(process.argv.slice(2), {
  openStore: (name, endpoint) =>
    createCatalogueStore({
      client: new DynamoDBClient(endpoint === undefined ? {} : { endpoint, ...LOCAL }),
      name,
    }),
  clock: systemClock,
  write: (text) => process.stdout.write(text),
});
