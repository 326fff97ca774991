import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { asList, asObject, asText, isObject, type JsonObject } from './json.ts';

/** One synthesized stack with everything that is needed to run it. */
export type StackTemplate = {
  name: string;
  /** `undefined` when the stack was synthesized without a concrete environment. */
  region: string | undefined;
  accountId: string | undefined;
  template: JsonObject;
  /** Absolute directory or file of each asset, by the object key that the template names. */
  assetByKey: ReadonlyMap<string, string>;
  /** The folder that relative `aws:asset:path` metadata starts from. */
  directory: string;
};

const UNKNOWN_ENVIRONMENT = /^unknown-/;

/** Reads a CDK cloud assembly (`cdk.out`): all stacks, including those of nested stages. */
export function readAssembly(directory: string): StackTemplate[] {
  const manifest = asObject(readJson(join(directory, 'manifest.json')), 'manifest.json');
  const artifacts = asObject(manifest['artifacts'] ?? {}, 'manifest.json artifacts');
  return Object.entries(artifacts).flatMap(([id, value]) => {
    const artifact = asObject(value, `artifact ${id}`);
    const properties = isObject(artifact['properties']) ? artifact['properties'] : {};
    if (artifact['type'] === 'cdk:cloud-assembly') {
      return readAssembly(join(directory, asText(properties['directoryName'], `stage ${id}`)));
    }
    if (artifact['type'] !== 'aws:cloudformation:stack') return [];
    return [readStack(directory, id, artifact, properties, artifacts)];
  });
}

function readStack(
  directory: string,
  id: string,
  artifact: JsonObject,
  properties: JsonObject,
  artifacts: JsonObject,
): StackTemplate {
  const file = asText(properties['templateFile'], `template file of ${id}`);
  return {
    name: typeof properties['stackName'] === 'string' ? properties['stackName'] : id,
    ...environmentOf(artifact['environment']),
    template: asObject(readJson(join(directory, file)), file),
    assetByKey: readAssets(directory, artifact, artifacts),
    directory: resolve(directory),
  };
}

function environmentOf(value: unknown): Pick<StackTemplate, 'region' | 'accountId'> {
  const [accountId, region] = String(value ?? '')
    .replace('aws://', '')
    .split('/');
  return { accountId: concrete(accountId), region: concrete(region) };
}

function concrete(value: string | undefined): string | undefined {
  return value && !UNKNOWN_ENVIRONMENT.test(value) ? value : undefined;
}

/** `aws:asset:path` is only written when the CDK CLI synthesizes; the asset manifest always is. */
function readAssets(
  directory: string,
  artifact: JsonObject,
  artifacts: JsonObject,
): ReadonlyMap<string, string> {
  const dependencies = asList(artifact['dependencies'] ?? [], 'dependencies');
  const found = new Map<string, string>();
  for (const dependency of dependencies) {
    const manifest = artifacts[String(dependency)];
    if (!isObject(manifest) || manifest['type'] !== 'cdk:asset-manifest') continue;
    const properties = asObject(manifest['properties'], 'asset manifest');
    const file = asText(properties['file'], 'asset manifest file');
    for (const [key, path] of assetsOf(directory, readJson(join(directory, file)))) {
      found.set(key, path);
    }
  }
  return found;
}

function assetsOf(directory: string, manifest: unknown): [string, string][] {
  const files = asObject(asObject(manifest, 'asset manifest')['files'] ?? {}, 'asset files');
  return Object.values(files).flatMap((value) => {
    const file = asObject(value, 'asset file');
    const path = asObject(file['source'], 'asset source')['path'];
    if (typeof path !== 'string') return [];
    const destinations = Object.values(asObject(file['destinations'], 'asset destinations'));
    return destinations.map((destination): [string, string] => [
      asText(asObject(destination, 'asset destination')['objectKey'], 'asset object key'),
      resolve(directory, path),
    ]);
  });
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
