import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';

/** Licences that a product under Apache-2.0 may carry with it. Another one is for a person to decide. */
const LICENCES: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'],
  // Fonts and public domain.
  ...['MIT-0', 'OFL-1.1', 'Unlicense', 'CC0-1.0', 'Zlib', 'Python-2.0'],
]);

/** Packages whose package.json does not name the licence that their LICENSE file has. Read by a person. */
const REVIEWED: ReadonlyMap<string, string> = new Map([
  ['node_modules/png-js', 'MIT'],
  ['node_modules/dejavu-fonts-ttf', 'Bitstream Vera, and public domain'],
]);

const REGISTRY_HOST = 'registry.npmjs.org';

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      inBundle: z.boolean().optional(),
      optional: z.boolean().optional(),
      os: z.array(z.string()).optional(),
      license: z.string().optional(),
    }),
  ),
});
export type Lockfile = z.infer<typeof lockfile>;

export function readLockfile(root: string): Lockfile {
  return lockfile.parse(JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')));
}

/**
 * Optional tools of other platforms that npm locks without a hash (npm/cli#4828). They are never
 * shipped and not installed here, but whoever develops there takes them on trust.
 */
export function unhashedTools({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, one]) => (isUnhashedTool(one) ? [path] : []));
}

function isUnhashedTool({ dev, optional, os, integrity }: Lockfile['packages'][string]): boolean {
  const isOfAnotherPlatform = os !== undefined;
  return dev === true && optional === true && isOfAnotherPlatform && integrity === undefined;
}

/** Packages that `npm ci` would take on trust: without a strong hash, or from somewhere else. */
export function faultsOfLockfile({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, locked]) => {
    const { resolved, integrity, link, inBundle } = locked;
    // The root, workspaces, and what comes inside the archive of another package and its hash.
    if (path === '' || link || inBundle || isUnhashedTool(locked)) return [];
    // Without an address it comes from the registry that npm is set to; the hash says what comes.
    const url = resolved !== undefined && URL.canParse(resolved) ? new URL(resolved) : undefined;
    const isExpected =
      resolved === undefined || (url?.protocol === 'https:' && url.host === REGISTRY_HOST);
    const faults = isExpected
      ? []
      : [`${path}: comes from ${url?.host ?? 'an unreadable address'}`];
    return integrity?.startsWith('sha512-') ? faults : [...faults, `${path}: has no sha512 hash`];
  });
}

/** Production packages whose licence is not on the list, or not told. */
export function faultsOfLicences(
  { packages }: Lockfile,
  licenceOf: (path: string) => unknown,
): string[] {
  return Object.entries(packages).flatMap(([path, { dev, optional, license }]) => {
    if (path === '' || dev || REVIEWED.has(path)) return [];
    const told = licenceOf(path) ?? license;
    // A package of another platform is not installed here; the lockfile has its licence.
    if (told === undefined && optional) return [];
    const text = typeof told === 'string' ? told : 'none that can be read';
    return isAllowed(text) ? [] : [`${path}: ${text}`];
  });
}

/** Of `(A OR B)` one is enough, of `A AND B` both are needed. */
function isAllowed(expression: string): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain
    .split(/\s+OR\s+/)
    .some((one) => one.split(/\s+AND\s+/).every((licence) => LICENCES.has(licence.trim())));
}

/** What a package says of itself where it is installed. */
export function installedLicence(root: string): (path: string) => unknown {
  return (path) => {
    try {
      const told: unknown = JSON.parse(readFileSync(resolve(root, path, 'package.json'), 'utf8'));
      return z.object({ license: z.string() }).parse(told).license;
    } catch {
      return undefined;
    }
  };
}

const auditReport = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ severity: z.string(), range: z.string().default('') }),
  ),
});

export type Advisories =
  | { readonly asked: true; readonly grave: readonly string[]; readonly others: number }
  /** The registry gave no answer: nothing is known, which is not the same as nothing found. */
  | { readonly asked: false; readonly because: string };

const GRAVE = new Set(['high', 'critical']);

/** Reads what `npm audit --json` printed, whatever its exit code. */
export function advisoriesIn(output: string): Advisories {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    return { asked: false, because: 'npm printed no report' };
  }
  const report = auditReport.safeParse(json);
  if (!report.success) {
    const failure = z.object({ message: z.string() }).safeParse(json);
    return { asked: false, because: failure.data?.message ?? 'the registry gave no report' };
  }
  const all = Object.entries(report.data.vulnerabilities);
  const grave = all.filter(([, { severity }]) => GRAVE.has(severity));
  return {
    asked: true,
    grave: grave.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`),
    others: all.length - grave.length,
  };
}
