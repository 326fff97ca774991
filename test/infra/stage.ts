import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStage, type PrilivApp } from '#infra/priliv-app.ts';
import { parseSettings } from '#infra/settings.ts';

export type Properties = Record<string, unknown>;
export type Resource = {
  Type: string;
  Properties: Properties;
  DeletionPolicy?: string;
  DependsOn?: string | string[];
};
export type Resources = Record<string, Resource>;

const ROOT = resolve(import.meta.dirname, '../..');

/** The folders of all functions, as `<capability>/<function>`. */
const FUNCTIONS = [
  'access/update-access',
  'ledger/publish-events',
  'ledger/seal-journal',
  'ledger/watch-ledger',
  'operator-api/handle-request',
  'payments/file-dead-letters',
  'payments/settle-payments',
  'synthetic/pay-synthetic-invoice',
  'webhooks/receive-webhook',
] as const;

/** Stands in for the bundles: the stacks do not care what is in them. */
function stubAssets(): string {
  const root = mkdtempSync(join(tmpdir(), 'priliv-assets-'));
  for (const name of FUNCTIONS) {
    const file = join(root, name, 'handler.mjs');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `export const handler = async () => '${name}';\n`);
  }
  return root;
}

export type Stage = PrilivApp & {
  /** Resources of the stack that is kept, and of the one that runs. */
  kept: Resources;
  running: Resources;
};

/** One stage with the flags of `cdk.json`, synthesized in this process. */
export function synthesize(context: Record<string, unknown> = {}): Stage {
  const cdkJson: { context: Record<string, unknown> } = JSON.parse(
    readFileSync(join(ROOT, 'cdk.json'), 'utf8'),
  );
  process.env['CDK_VALIDATION'] = 'false'; // `npm run nag` validates; here it would be repeated.
  const app = new App({ context: cdkJson.context, outdir: mkdtempSync(join(tmpdir(), 'cdk-')) });
  const added = addStage(app, parseSettings(context), stubAssets());
  return {
    ...added,
    kept: Template.fromStack(added.data).toJSON()['Resources'],
    running: Template.fromStack(added.billing).toJSON()['Resources'],
  };
}

export function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

/** The one resource of a type whose logical id begins like this. */
export function find(resources: Resources, type: string, prefix: string): Resource {
  const found = ofType(resources, type).filter(([id]) => id.startsWith(prefix));
  if (found.length !== 1) {
    const all = ofType(resources, type).map(([id]) => id);
    throw new Error(`${found.length} resources ${type} ${prefix}… among ${all.join(', ')}`);
  }
  return found[0]![1];
}

/** The logical id that `Ref` or `Fn::GetAtt` names; the export's name for another stack's resource. */
export function idOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::ImportValue': imported } = value as Properties;
  return String(Ref ?? (Array.isArray(getAtt) ? getAtt[0] : undefined) ?? imported);
}

export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Properties | undefined)?.[key], value);
}
