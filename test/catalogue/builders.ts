import { readFileSync } from 'node:fs';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb } from '#local/dynamodb/dynamodb.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import { readCatalogueText } from '#shared/catalogue/adapters/read-text.ts';
import { catalogueToFile, readCatalogue } from '#shared/catalogue/contracts/catalogue-file.ts';
import type { Catalogue } from '#shared/catalogue/domain/catalogue.ts';
import { type Issue, pathText } from '#shared/catalogue/domain/issue.ts';
import type { Instant } from '#shared/kernel/time.ts';
import { instantFromMs } from '#shared/kernel/time.ts';

export const EXAMPLE_FILE = 'docs/examples/catalogue.yaml';
/** A moment before anything of the example begins. */
export const BEFORE = '2026-12-01T12:00:00.000Z';

// biome-ignore lint/suspicious/noExplicitAny: tests change any part of a file, rightly or wrongly.
export type AnyFile = any;

export function exampleCatalogue(): Catalogue {
  return mustRead(readCatalogueText(readFileSync(EXAMPLE_FILE, 'utf8')));
}

/** The example as plain JSON, for a test to change. */
export function exampleFile(): AnyFile {
  return JSON.parse(JSON.stringify(catalogueToFile(exampleCatalogue())));
}

/** The example with a change. */
export function catalogueWith(change: (file: AnyFile) => void): Catalogue {
  const file = exampleFile();
  change(file);
  return mustRead(readCatalogue(file));
}

export function mustRead(reading: ReturnType<typeof readCatalogue>): Catalogue {
  if ('catalogue' in reading) return reading.catalogue;
  throw new Error(`refused: ${said(reading.issues).join('; ')}`);
}

/** Issues as `path: message`. */
export function said(issues: readonly Issue[]): string[] {
  return issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
}

/** Issues as `severity code path`. */
export function named(issues: readonly Issue[]): string[] {
  return issues.map(({ severity, code, path }) => `${severity} ${code} ${pathText(path)}`);
}

/** The catalogue table on the local engine, with every request that was made to it. */
export async function catalogueTable(start = BEFORE) {
  const clock = new VirtualClock(Date.parse(start));
  const engine = createDynamoDb({
    clock,
    region: 'eu-central-1',
    accountId: '000000000000',
    random: () => 0.5,
    persist: () => {},
  });
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: sdkRequestHandler([engine], { principal: 'root' }),
    maxAttempts: 1,
  });
  await client.send(
    new CreateTableCommand({
      TableName: 'catalogue',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return {
    table: { client, name: 'catalogue' },
    clock: (): Instant => instantFromMs(clock.now()),
  };
}
