import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GATEWAYS } from '#local/acquirers/payment.ts';
import { type Acquirers, startAcquirers } from '#local/acquirers/server.ts';
import type { Servers } from '#local/cloud/engines.ts';
import { type Cloud, startCloud } from '#local/cloud.ts';
import type { Clock } from '#local/kernel/clock.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { type Verification, verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import { ensureAssembly } from './assembly.ts';
import { LOCAL_FILE, type LocalEndpoint } from './local-endpoint.ts';
import { createOperatorClient, type OperatorClient } from './operator-client.ts';

/** The seller of the demonstration. */
export const DEMO_SELLER = 'school';
const SYNTHETIC_SELLER = 'synthetic';
const OPERATOR_SCOPES = ['operators/read', 'operators/write'];
const TOKEN_SECONDS = 12 * 3600;
/** Documented retry waits of hours become seconds. */
const DEMO_TIME_SCALE = 1 / 600;

export type WorldOptions = {
  readonly dataDir?: string;
  readonly port?: number;
  readonly acquirersPort?: number;
  readonly timeScale?: number;
  readonly maxEnvironments?: number;
  /** A file for other commands to find this world by. */
  readonly announce?: boolean;
  readonly random?: () => number;
  /** Another time than the machine's. */
  readonly clock?: Clock;
  /** Other servers of DynamoDB and SQS than the engines. */
  readonly servers?: Servers;
  readonly say: (text: string) => void;
};

/** Everything that `npm start` brings up, except the page. */
export type World = {
  readonly cloud: Cloud;
  readonly acquirers: Acquirers;
  readonly operator: OperatorClient;
  readonly operatorApiUrl: string;
  readonly webhooksUrl: string;
  readonly token: () => Promise<string>;
  readonly tables: { readonly ledger: string; readonly journal: string };
  verify(): Promise<Verification>;
  stop(): Promise<void>;
};

/** Starts the local cloud from the synthesized template, and simulated acquirers that pay into it. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { say, random = Math.random } = options;
  const assembly = await ensureAssembly(say);
  say('Starting the local cloud');
  const cloud = await startCloud({
    assembly,
    log: (message) => say(`! ${message}`),
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.clock && { clock: options.clock }),
    ...(options.servers && { servers: options.servers }),
    ...(options.maxEnvironments !== undefined && { maxEnvironments: options.maxEnvironments }),
  });
  const webhooksUrl = apiNamed(cloud, 'webhooks');
  const operatorApiUrl = apiNamed(cloud, 'operator');
  say('Opening the acquirers');
  const acquirers = await startAcquirers({
    webhooksBaseUrl: webhooksUrl,
    seller: DEMO_SELLER,
    timeScale: options.timeScale ?? DEMO_TIME_SCALE,
    random,
    ...(options.acquirersPort !== undefined && { port: options.acquirersPort }),
  });
  await seedSecrets(cloud.endpoint, acquirers);
  const token = createTokens(cloud);
  const operator = createOperatorClient(operatorApiUrl, token);
  const tables = { ledger: tableNamed(cloud, 'ledger'), journal: tableNamed(cloud, 'journal') };
  if (options.announce) await announce(cloud, token, tables, operatorApiUrl);
  return {
    cloud,
    acquirers,
    operator,
    operatorApiUrl,
    webhooksUrl,
    token,
    tables,
    verify: () => verify(cloud.endpoint, tables),
    async stop() {
      if (options.announce) rmSync(LOCAL_FILE, { force: true });
      operator.close();
      await acquirers.stop();
      await cloud.stop();
    },
  };
}

export function apiNamed(cloud: Cloud, part: string): string {
  const found = Object.entries(cloud.apiUrls).find(([name]) => name.includes(part));
  if (!found) throw new Error(`the template has no API named like ${part}`);
  return found[1];
}

export function tableNamed(cloud: Cloud, part: string): string {
  const found = cloud.services.dynamoDb
    .tableNames()
    .find((name) => name.toLowerCase().includes(`tables${part}`));
  if (found === undefined) throw new Error(`the template has no table named like ${part}`);
  return found;
}

/** How any AWS client reaches a local cloud. */
export function clientOptions(endpoint: string) {
  return {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'root', secretAccessKey: 'root' },
  };
}

/** Puts the credentials of the simulated shops into the gateways' secrets, as an operator would. */
export async function seedSecrets(endpoint: string, acquirers: Acquirers): Promise<void> {
  const client = new SecretsManagerClient(clientOptions(endpoint));
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
  const names = SecretList.map(({ Name = '' }) => Name);
  await Promise.all(
    GATEWAYS.map(async (gateway) => {
      const name = names.find((one) => one.endsWith(`/${gateway}`));
      if (name === undefined) return;
      const known = await storedAccounts(client, name);
      const accounts = {
        ...known,
        [DEMO_SELLER]: acquirers.credentials(gateway, DEMO_SELLER),
        ...(gateway === 'tbank' && {
          // The synthetic payment comes from a function, not from the bank's addresses.
          [SYNTHETIC_SELLER]: {
            ...acquirers.credentials(gateway, SYNTHETIC_SELLER),
            allowedAddresses: [],
          },
        }),
      };
      await client.send(
        new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(accounts) }),
      );
    }),
  );
  client.destroy();
}

/** Accounts that the user put there by hand stay; a secret that holds none yet has no JSON object. */
async function storedAccounts(client: SecretsManagerClient, name: string): Promise<object> {
  try {
    const { SecretString = '{}' } = await client.send(
      new GetSecretValueCommand({ SecretId: name }),
    );
    const value: unknown = JSON.parse(SecretString);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

export function createTokens(cloud: Cloud): () => Promise<string> {
  const [pool] = cloud.resources('AWS::Cognito::UserPool');
  if (!pool) throw new Error('the template has no user pool');
  let token: Promise<string> | undefined;
  return () => {
    token ??= cloud.mintToken(pool.logicalId, {
      scopes: OPERATOR_SCOPES,
      sub: 'local-operator',
      expiresInSeconds: TOKEN_SECONDS,
    });
    return token;
  };
}

async function announce(
  cloud: Cloud,
  token: () => Promise<string>,
  tables: World['tables'],
  operatorApiUrl: string,
) {
  const { endpoint, region, credentials } = clientOptions(cloud.endpoint);
  const local: LocalEndpoint = {
    endpoint,
    region,
    credentials,
    tables,
    operatorApiUrl,
    token: await token(),
  };
  mkdirSync(resolve(LOCAL_FILE, '..'), { recursive: true });
  writeFileSync(LOCAL_FILE, JSON.stringify(local, undefined, 2), { mode: 0o600 });
}

export async function verify(endpoint: string, tables: World['tables']): Promise<Verification> {
  const client = new DynamoDBClient(clientOptions(endpoint));
  const journal = await scanTable({ client, name: tables.journal });
  const ledger = await scanTable({ client, name: tables.ledger });
  client.destroy();
  return verifyLedger(ledger, journal);
}
