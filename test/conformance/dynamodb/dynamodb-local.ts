import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const EMULATOR = fileURLToPath(
  new URL('../servers/node_modules/amplify-dynamodb-simulator/emulator/', import.meta.url),
);
const START_ATTEMPTS = 200;
const ATTEMPT_PAUSE_MS = 150;

/** Amazon's DynamoDB Local in a Java process of its own, in memory. */
export type DynamoDbLocal = { readonly port: number; stop(): Promise<void> };

export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  if (!existsSync(EMULATOR)) {
    throw new Error('DynamoDB Local is missing: run `npm ci --prefix test/conformance/servers`');
  }
  const port = await freePort();
  const java = spawn(
    'java',
    [
      '-Xmx512m',
      '-Djava.library.path=./DynamoDBLocal_lib',
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      // One database for every access key: the functions of the scenario each have their own.
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { cwd: EMULATOR, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const complaints: string[] = [];
  java.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const failure = new Promise<never>((_resolve, reject) => {
    java.once('error', (error) => reject(new Error(`java cannot be started: ${error.message}`)));
    java.once('exit', (code) =>
      reject(new Error(`DynamoDB Local ended with ${code}: ${complaints.join('')}`)),
    );
  });
  failure.catch(() => undefined); // After the start, the end of the process is no failure.
  await Promise.race([answering(port), failure]);
  return { port, stop: () => stopped(java) };
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) {
      await answer.arrayBuffer();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_PAUSE_MS));
  }
  throw new Error('DynamoDB Local did not begin to answer');
}

function stopped(java: ChildProcess): Promise<void> {
  if (java.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    java.once('exit', () => resolve());
    java.kill('SIGKILL'); // It holds nothing but memory.
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
