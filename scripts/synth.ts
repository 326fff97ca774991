import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Synthesizes without the CDK CLI: the same app and context, offline, and without its checks.
 *
 *   node scripts/synth.ts [-c name=value]… [--nag] [--no-build] [--output cdk.out]
 */
const ROOT = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    context: { type: 'string', short: 'c', multiple: true, default: [] },
    output: { type: 'string', default: 'cdk.out' },
    nag: { type: 'boolean', default: false },
    build: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

function contextOf(pairs: readonly string[]): Record<string, unknown> {
  const cdkJson: { context: Record<string, unknown> } = JSON.parse(
    readFileSync(resolve(ROOT, 'cdk.json'), 'utf8'),
  );
  const given = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`-c takes name=value, not "${pair}"`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return { ...cdkJson.context, ...Object.fromEntries(given) };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const started = performance.now();
if (values.build) {
  say('Bundling functions');
  await import('./build.ts');
}
say('Synthesizing stacks');
process.env['CDK_OUTDIR'] = resolve(ROOT, values.output);
process.env['CDK_CONTEXT_JSON'] = JSON.stringify({
  ...contextOf(values.context),
  // The CDK CLI sets these; the local cloud finds the bundles by them.
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:enable-path-metadata': true,
  ...(values.nag ? { nag: true } : {}),
});
// Checking the templates against CloudFormation's schemas takes longer than making them, so it is
// left to `--nag` and to the CDK CLI, which is what deploys.
if (!values.nag) process.env['CDK_VALIDATION'] = 'false';
await import('../infra/app.ts');
const seconds = ((performance.now() - started) / 1000).toFixed(1);
say(`Wrote ${values.output} in ${seconds} s`);
