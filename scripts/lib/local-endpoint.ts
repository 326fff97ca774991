import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';

/** Where a running `npm start` says how it can be reached. */
export const LOCAL_FILE = resolve(import.meta.dirname, '../../.priliv/local.json');

const schema = z.object({
  endpoint: z.url(),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  tables: z.object({ ledger: z.string(), journal: z.string() }),
  operatorApiUrl: z.url(),
  token: z.string(),
  /** The page, once it is up. */
  consoleUrl: z.url().exactOptional(),
});
export type LocalEndpoint = z.infer<typeof schema>;

/** The local cloud that runs now. Throws with the way out when there is none. */
export async function localEndpoint(): Promise<LocalEndpoint> {
  let text: string;
  try {
    text = readFileSync(LOCAL_FILE, 'utf8');
  } catch {
    throw new Error(
      'No local cloud is running. Start one with `npm start`, or name tables in AWS.',
    );
  }
  return schema.parse(JSON.parse(text));
}

/** Adds the page's address for commands that steer it. */
export async function rememberConsole(consoleUrl: string): Promise<void> {
  const local = await localEndpoint();
  const text = JSON.stringify({ ...local, consoleUrl }, undefined, 2);
  writeFileSync(LOCAL_FILE, text, { mode: 0o600 });
}
