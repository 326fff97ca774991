import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import { localEndpoint } from './lib/local-endpoint.ts';

/**
 * `npm run ledger:verify`: verifies the ledger against its journal and names every broken record.
 *
 * Against AWS: `npm run ledger:verify -- --ledger <table> --journal <table>` with the usual AWS
 * credentials. Without arguments it looks at the local cloud that `npm start` runs.
 */
function argument(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

const isJson = process.argv.includes('--json');
const ledgerName = argument('ledger');
const local = ledgerName === undefined ? await localEndpoint() : undefined;
const client = new DynamoDBClient(
  local ? { endpoint: local.endpoint, region: local.region, credentials: local.credentials } : {},
);
const ledger = { client, name: ledgerName ?? local?.tables.ledger ?? '' };
const journal = { client, name: argument('journal') ?? local?.tables.journal ?? '' };

// The journal first: what is committed in between is then unsealed, never missing.
const journalItems = await scanTable(journal);
const ledgerItems = await scanTable(ledger);
const { faults, ...counts } = verifyLedger(ledgerItems, journalItems);

if (isJson) {
  process.stdout.write(`${JSON.stringify({ ...counts, faults })}\n`);
} else {
  const { blocks, records, entries, payments, invoices, unsealed } = counts;
  process.stdout.write(
    `${payments} payments, ${invoices} invoices, ${entries} entries; ${records} sealed versions in ${blocks} blocks, ${unsealed} not sealed yet\n`,
  );
  for (const { record, problem } of faults.slice(0, 20))
    process.stdout.write(`BROKEN  ${record}: ${problem}\n`);
  process.stdout.write(
    faults.length === 0 ? 'The ledger is whole.\n' : `${faults.length} faults.\n`,
  );
}
process.exitCode = faults.length === 0 ? 0 : 1;
