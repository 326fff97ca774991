import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import {
  advisoriesIn,
  faultsOfLicences,
  faultsOfLockfile,
  installedLicence,
  readLockfile,
  unhashedTools,
} from './lib/dependency-check.ts';

/**
 * `npm run audit:dependencies`: what the product takes from others, and whether that can be trusted.
 *
 * Exit 1 for a package without a hash or from another registry, for a licence that nobody has
 * allowed, and for a known vulnerability of high or critical severity in what is shipped. When the
 * registry cannot be asked for those, the last line says so; with `--strict` that is a failure too.
 */
const ROOT = resolve(import.meta.dirname, '..');
const isStrict = process.argv.includes('--strict');
const TIMEOUT_MS = 60_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

const lock = readLockfile(ROOT);
const faults = [
  ...faultsOfLockfile(lock),
  ...faultsOfLicences(lock, installedLicence(ROOT)).map((one) => `licence not allowed: ${one}`),
];
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
say(`${Object.keys(lock.packages).length - 1} packages locked, ${shipped.length} of them shipped`);
const unhashed = unhashedTools(lock).length;
if (unhashed > 0) say(`${unhashed} development tools of other platforms are locked without a hash`);

const args = ['audit', '--omit=dev', '--json', '--audit-level=high'];
const { stdout, error } = spawnSync('npm', args, {
  cwd: ROOT,
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
});
const advisories = advisoriesIn(error ? '' : stdout);
if (advisories.asked) {
  faults.push(...advisories.grave.map((one) => `vulnerable: ${one}`));
  say(
    `${advisories.grave.length} grave advisories, ${advisories.others} others, for what is shipped`,
  );
} else {
  const text = `ADVISORIES NOT CHECKED: ${advisories.because}`;
  if (isStrict) faults.push(text);
  else say(text);
}
for (const fault of faults) say(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
