import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  advisoriesIn,
  faultsOfLicences,
  faultsOfLockfile,
  installedLicence,
  readLockfile,
} from '../../scripts/lib/dependency-check.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const good = {
  resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
  integrity: 'sha512-AAAA',
};
const locked = (changes: object) => ({
  packages: { '': {}, 'node_modules/a': { ...good, ...changes } },
});

describe('the dependencies', () => {
  it('are locked by hash to one registry, and have licences that are allowed', () => {
    const lock = readLockfile(ROOT);
    expect(faultsOfLockfile(lock)).toEqual([]);
    expect(faultsOfLicences(lock, installedLicence(ROOT))).toEqual([]);
  });

  it.each([
    [{ resolved: 'http://registry.npmjs.org/a.tgz' }],
    [{ resolved: 'https://registry.npmjs.org.evil.example/a.tgz' }],
    [{ resolved: 'git+ssh://git@github.com/a/a.git' }],
    [{ integrity: undefined }],
    [{ integrity: 'sha1-AAAA' }],
    [{ integrity: undefined, optional: true, os: ['darwin'] }],
    [{ integrity: undefined, optional: true, dev: true }],
  ])('would be found with %s', (changes) => {
    expect(faultsOfLockfile(locked(changes))).toHaveLength(1);
    expect(faultsOfLockfile(locked({}))).toEqual([]);
  });

  it.each([
    ['GPL-3.0', 1],
    ['MIT AND GPL-3.0', 1],
    [undefined, 1],
    ['(MIT OR GPL-3.0)', 0],
    ['MIT AND Zlib', 0],
  ])('with the licence %s are %i faults', (licence, count) => {
    expect(faultsOfLicences(locked({}), () => licence)).toHaveLength(count);
  });
});

describe('what npm audit printed', () => {
  it('is grave from high on', () => {
    const vulnerabilities = { a: { severity: 'critical', range: '<2' }, b: { severity: 'low' } };
    expect(advisoriesIn(JSON.stringify({ vulnerabilities }))).toEqual({
      asked: true,
      grave: ['a <2: critical'],
      others: 1,
    });
  });

  it.each(['', 'npm error network', '{"message":"endpoint not found"}', '{"error":{}}'])(
    'is never taken for nothing found when it is %s',
    (output) => {
      expect(advisoriesIn(output)).toMatchObject({ asked: false });
    },
  );
});
