import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkBoundaries } from '../../scripts/lib/boundaries.ts';

const FOLDERS = ['shared', 'functions', 'infra', 'local', 'scripts', 'simulation'];

/** One planted violation of each rule: a file, and an import that it may not have. */
const CANARIES = {
  'kernel-imports-nothing': [
    'shared/kernel/zz-canary.ts',
    "import { newUlid } from '#shared/platform/ids.ts';\nexport { newUlid };",
  ],
  'only-zones-import-temporal': [
    'shared/kernel/zz-canary-2.ts',
    "import { Temporal } from 'temporal-polyfill';\nexport { Temporal };",
  ],
  'domain-is-pure': [
    'shared/payments/domain/zz-canary.ts',
    "import { createHash } from 'node:crypto';\nexport { createHash };",
  ],
  'contracts-are-schemas': [
    'shared/events/contracts/zz-canary.ts',
    "import { systemClock } from '#shared/platform/clock.ts';\nexport { systemClock };",
  ],
  'shared-stands-alone': [
    'shared/platform/zz-canary.ts',
    "import { sealJournalEnv } from '#functions/ledger/seal-journal/env.ts';\nexport { sealJournalEnv };",
  ],
  'functions-do-not-meet': [
    'functions/access/update-access/zz-canary.ts',
    "import { sealJournalEnv } from '#functions/ledger/seal-journal/env.ts';\nexport { sealJournalEnv };",
  ],
  'functions-stand-on-shared': [
    'functions/access/update-access/zz-canary-2.ts',
    "import { systemClock } from '#local/kernel/clock.ts';\nexport { systemClock };",
  ],
  'infra-takes-types-and-the-registry': [
    'infra/zz-canary.ts',
    "import { systemClock } from '#shared/platform/clock.ts';\nexport { systemClock };",
  ],
  'local-knows-no-product': [
    'local/kernel/zz-canary.ts',
    "import { systemClock } from '#shared/platform/clock.ts';\nexport { systemClock };",
  ],
  unresolved: [
    'shared/platform/zz-canary-2.ts',
    "import { nothing } from '#shared/platform/nothing.ts';\nexport { nothing };",
  ],
} as const;

afterAll(() => {
  for (const [file] of Object.values(CANARIES)) rmSync(file, { force: true });
});

describe('import rules', () => {
  it('hold, over all modules', async () => {
    const { modules, violations } = await checkBoundaries(FOLDERS);
    expect(violations.filter(({ from }) => !from.includes('zz-canary'))).toEqual([]);
    expect(modules).toBeGreaterThan(200);
  });

  it('are broken by each planted violation', async () => {
    for (const [file, text] of Object.values(CANARIES)) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${text}\n`);
    }
    const { violations } = await checkBoundaries(FOLDERS);
    const found = new Set(
      violations.filter(({ from }) => from.includes('zz-canary')).map(({ rule }) => rule),
    );
    expect([...found].sort()).toEqual(expect.arrayContaining(Object.keys(CANARIES).sort()));
  });
});
