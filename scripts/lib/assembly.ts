import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const STAMP = resolve(ROOT, 'cdk.out/.sources');
const SOURCES = [
  'shared/**/*.ts',
  'functions/**/*.ts',
  'infra/**/*.ts',
  'docs/openapi.json',
  'cdk.json',
  'package-lock.json',
];

/**
 * Builds bundles and template when a source changed since the last time; gives the folder.
 *
 * A warm start then takes the seconds of the cloud alone.
 */
export async function ensureAssembly(say: (text: string) => void): Promise<string> {
  const fingerprint = fingerprintOfSources();
  if (fingerprint === lastFingerprint()) {
    say('Bundles and template are up to date');
  } else {
    say('Bundling functions and synthesizing the template');
    await run(['scripts/synth.ts']);
    writeFileSync(STAMP, fingerprint);
  }
  return resolve(ROOT, 'cdk.out');
}

function fingerprintOfSources(): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted()) {
    const { mtimeMs, size } = statSync(resolve(ROOT, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function lastFingerprint(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined;
  }
}

function run(args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
    child.on('error', fail);
    child.on('exit', (code) =>
      code === 0 ? done() : fail(new Error(`${args.join(' ')} failed\n${said.join('')}`)),
    );
  });
}
