import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist/functions');

/** CommonJS dependencies inside an ESM bundle still call `require`. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

/** Bundles every handler in one esbuild run, the AWS SDK inside: its version is then pinned. */
async function bundle(handlers: readonly string[]): Promise<Metafile> {
  const entryPoints = Object.fromEntries(
    handlers.map((file) => [`${dirname(file).slice('functions/'.length)}/handler`, file]),
  );
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: false,
    sourcemap: 'external',
    banner: { js: REQUIRE_BANNER },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}

async function sizeOf(file: string): Promise<string> {
  const code = await readFile(join(ROOT, file));
  const kb = (bytes: number) => `${(bytes / 1024).toFixed(0).padStart(5)} KB`;
  return `${kb(code.length)} ${kb(gzipSync(code).length)} gz`;
}

const started = performance.now();
const handlers = globSync('functions/*/*/handler.ts', { cwd: ROOT }).toSorted();
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const metafile = await bundle(handlers);
await writeFile(join(ROOT, 'dist/meta.json'), JSON.stringify(metafile));

if (!process.argv.includes('--quiet')) {
  for (const file of Object.keys(metafile.outputs).filter((name) => name.endsWith('.mjs'))) {
    const folder = dirname(file);
    const name = `${basename(dirname(folder))}/${basename(folder)}`;
    process.stderr.write(`  ${name.padEnd(34)} ${await sizeOf(file)}\n`);
  }
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stderr.write(`Bundled ${handlers.length} functions in ${seconds} s\n`);
