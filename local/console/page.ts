import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

export type Page = { readonly html: string; readonly script: string; readonly style: string };

const APP = join(import.meta.dirname, 'app');

/** Bundles the page once: there is nothing to install and nothing to fetch from elsewhere. */
export async function buildPage(): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [join(APP, 'main.tsx')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  const chartStyle = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css');
  return {
    html: readFileSync(join(APP, 'page.html'), 'utf8'),
    script: outputFiles[0]?.text ?? '',
    style: `${readFileSync(chartStyle, 'utf8')}\n${readFileSync(join(APP, 'page.css'), 'utf8')}`,
  };
}
