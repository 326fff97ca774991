import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import {
  asNumber,
  asObject,
  asText,
  isObject,
  optionalNumber,
  optionalText,
} from '#local/template/json.ts';

/** Everything that is needed to run one function of the template. */
export type FunctionConfig = {
  id: string;
  logicalId: string;
  name: string;
  arn: string;
  roleArn: string;
  /** Absolute path of the bundle's entry file. */
  file: string;
  exportName: string;
  timeoutMs: number;
  memoryMb: number;
  variables: Readonly<Record<string, string>>;
  /** No more than this many invocations at once; unlimited when absent. */
  reservedConcurrency: number | undefined;
  /** Environments that are started before the first invocation. */
  provisionedConcurrency: number;
  isTraced: boolean;
  logGroupName: string;
  region: string;
};

const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/** Reads all functions, with the provisioned concurrency of their aliases. */
export function readFunctions(deployment: Deployment): FunctionConfig[] {
  const provisioned = readProvisioned(deployment);
  return deployment.resources('AWS::Lambda::Function').map((resource) => {
    const { properties, id } = resource;
    if (properties['PackageType'] === 'Image') throw new Error(`${id}: images are not emulated`);
    if (properties['Layers'] !== undefined) throw new Error(`${id}: layers are not emulated`);
    const timeout = optionalNumber(properties['Timeout'], `Timeout of ${id}`);
    return {
      id,
      logicalId: resource.logicalId,
      name: resource.ref,
      arn: resource.arn,
      roleArn: asText(properties['Role'], `Role of ${id}`),
      ...entryOf(deployment, resource),
      timeoutMs: (timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      memoryMb: optionalNumber(properties['MemorySize'], id) ?? DEFAULT_MEMORY_MB,
      variables: variablesOf(resource),
      reservedConcurrency: optionalNumber(properties['ReservedConcurrentExecutions'], id),
      provisionedConcurrency: provisioned.get(resource.ref) ?? 0,
      isTraced:
        isObject(properties['TracingConfig']) && properties['TracingConfig']['Mode'] === 'Active',
      logGroupName: logGroupOf(resource),
      region: resource.region,
    };
  });
}

/** A function named by name, by ARN, or by the ARN of an alias or version. */
export function functionNameOf(reference: string): string {
  if (!reference.startsWith('arn:')) return reference.split(':')[0] ?? reference;
  return reference.split(':')[6] ?? reference;
}

function readProvisioned(deployment: Deployment): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const alias of deployment.resources('AWS::Lambda::Alias', 'AWS::Lambda::Version')) {
    const config = alias.properties['ProvisionedConcurrencyConfig'];
    if (!isObject(config)) continue;
    const name = functionNameOf(asText(alias.properties['FunctionName'], alias.id));
    found.set(name, asNumber(config['ProvisionedConcurrentExecutions'], alias.id));
  }
  return found;
}

function variablesOf({ properties, id }: Resource): Record<string, string> {
  const environment = properties['Environment'];
  if (environment === undefined) return {};
  const variables = asObject(asObject(environment, id)['Variables'] ?? {}, `variables of ${id}`);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, asText(value, `${id} ${name}`)]),
  );
}

function logGroupOf({ properties, ref, id }: Resource): string {
  const logging = properties['LoggingConfig'];
  const name = isObject(logging) ? optionalText(logging['LogGroup'], id) : undefined;
  return name ?? `/aws/lambda/${ref}`;
}

function entryOf(deployment: Deployment, resource: Resource): { file: string; exportName: string } {
  const { id, properties } = resource;
  const handler = asText(properties['Handler'], `Handler of ${id}`);
  const dot = handler.lastIndexOf('.');
  const directory = codeDirectory(deployment, resource);
  const base = join(directory, handler.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((suffix) => base + suffix).find(existsSync);
  if (!file) throw new Error(`${id}: no bundle ${base}.mjs (handler ${handler})`);
  return { file, exportName: handler.slice(dot + 1) };
}

function codeDirectory(deployment: Deployment, resource: Resource): string {
  const code = asObject(resource.properties['Code'], `Code of ${resource.id}`);
  if (typeof code['ZipFile'] === 'string') return inlineCode(code['ZipFile']);
  const metadata = deployment.metadata(resource)['aws:asset:path'];
  const path =
    deployment.assetPath(resource) ??
    (typeof metadata === 'string' ? resolve(deployment.directory(resource), metadata) : undefined);
  if (!path || !existsSync(path)) throw new Error(`${resource.id}: its asset is not in cdk.out`);
  if (!statSync(path).isDirectory()) throw new Error(`${resource.id}: asset ${path} is no folder`);
  return path;
}

/** Code that stands in the template itself is CommonJS, as in the cloud. */
function inlineCode(source: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'inline-function-'));
  writeFileSync(join(directory, 'index.cjs'), source);
  return directory;
}
