import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = resolve(import.meta.dirname, 'cloud-process.ts');

const told = z.object({
  endpoint: z.string(),
  webhooksUrl: z.string(),
  operatorApiUrl: z.string(),
  token: z.string(),
  tables: z.object({ ledger: z.string(), journal: z.string(), access: z.string() }),
});
/** Where a cloud process can be reached. */
export type CloudAddress = z.infer<typeof told>;

type Life = {
  readonly dataDir: string;
  readonly port: number;
  readonly maxEnvironments: number;
};

/** A cloud in a process of its own, on one data folder and one port for all of its lives. */
export class KillableCloud {
  readonly #life: Life;
  #child: ChildProcess | undefined;

  constructor(life: Life) {
    this.#life = life;
  }

  /** Begins a life. `ready` fails when the process ends before it is up; nobody has to wait for it. */
  start(): { readonly ready: Promise<CloudAddress> } {
    const { dataDir, port, maxEnvironments } = this.#life;
    const args = [PROGRAM, dataDir, String(port), String(maxEnvironments)];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const ready = firstLineOf(child).then((line) => told.parse(JSON.parse(line)));
    ready.catch(() => {}); // A kill during the start is no surprise to who has ordered it.
    return { ready };
  }

  /** No warning, no cleaning up: as when the power of a container is cut. */
  kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((done) => {
      child.once('exit', () => done());
      child.kill('SIGKILL');
    });
  }
}

function firstLineOf({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    let complaint = '';
    stderr?.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(-4000);
    });
    stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) done(text);
    });
    stdout?.once('close', () => fail(new Error(`the cloud process has ended\n${complaint}`)));
  });
}

/** Below the ports that the system gives to clients: one of them could take ours between two lives. */
const PORTS = { least: 20_000, count: 10_000 };

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.least + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
