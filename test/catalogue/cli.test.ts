import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogueStore } from '#shared/catalogue/adapters/catalogue-store.ts';
import type { CatalogueStore } from '#shared/catalogue/ports.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { EXIT, runCatalogueCli } from '../../scripts/lib/catalogue-cli.ts';
import { catalogueTable, EXAMPLE_FILE } from './builders.ts';

const EXAMPLE = readFileSync(EXAMPLE_FILE, 'utf8');
let folder = '';
let store: CatalogueStore;
let clock: Clock;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'priliv-catalogue-'));
  const lab = await catalogueTable();
  store = createCatalogueStore(lab.table);
  clock = lab.clock;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const opened: unknown[] = [];
  const openStore = (...of: unknown[]) => {
    opened.push(of);
    return store;
  };
  const code = await runCatalogueCli(args, { openStore, clock, write });
  return { code, output, opened };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the command catalogue', () => {
  it('says that the example is right', async () => {
    const { code, output, opened } = await run('validate', EXAMPLE_FILE);
    expect([code, opened]).toEqual([EXIT.done, []]);
    expect(output).toMatch(/^docs\/examples\/catalogue\.yaml is right: 1 sellers, 2 products/);
  });

  it('points at each wrong field as editors understand it, and says that nothing was changed', async () => {
    const wrong = EXAMPLE.replace(
      'vat: usn5\n            prices',
      'vat: standard\n            prices',
    ).replace('meter: storage', 'meter: memory');
    const path = file('wrong.yaml', wrong);
    const lineOf = (text: string) => wrong.split('\n').findIndex((line) => line.includes(text)) + 1;
    for (const command of [['validate'], ['apply', '--table', 'catalogue']]) {
      const { code, output } = await run(...command, path);
      expect(code).toBe(EXIT.refused);
      expect(output.split('\n')).toEqual([
        `${path}:${lineOf('vat: standard')}:13: error: plans[0].versions[0].charges[0].vat contradicts the regime "usn5" of seller "school", which allows "usn5", "zero", "none"`,
        `${path}:${lineOf('meter: memory')}:13: error: plans[1].versions[0].charges[2].meter there is no meter "memory" in this catalogue`,
        'Refused: 2 errors. Nothing was changed.',
        '',
      ]);
    }
    expect((await store.read()).revision).toBe(0);
  });

  it('shows what would change, publishes it, and finds nothing more to do', async () => {
    const at = ['--table', 'catalogue', '--endpoint', 'http://127.0.0.1:1'];
    const before = await run('diff', EXAMPLE_FILE, ...at, '--language', 'ru');
    expect(before.opened).toEqual([['catalogue', 'http://127.0.0.1:1']]);
    expect(before.output).toContain('новое: тариф teacher@1 «Преподаватель»\n');
    expect(before.output).toContain('publish exactly this with "apply --expect 0"');
    const first = await run('apply', EXAMPLE_FILE, ...at, '--expect', '0');
    expect([first.code, first.output.split('\n').at(-2)]).toEqual([
      EXIT.done,
      'Published as revision 1.',
    ]);
    const again = await run('apply', EXAMPLE_FILE, ...at);
    expect([again.code, again.output]).toEqual([
      EXIT.done,
      'Revision 1 says the same: there is nothing to publish.\n',
    ]);
    const changed = file('changed.yaml', EXAMPLE.replace('graceHours: 24', 'graceHours: 36'));
    const stale = await run('apply', changed, ...at, '--expect', '0');
    expect([stale.code, stale.output]).toEqual([
      EXIT.stale,
      expect.stringContaining('the newest revision is 1'),
    ]);
    const json = await run('diff', changed, ...at, '--json');
    expect(JSON.parse(json.output)).toMatchObject({
      outcome: 'would_publish',
      changes: [{ fields: [{ path: 'graceHours', before: '24', after: '36' }] }],
    });
  });

  it('writes what is published as a file that says the same', async () => {
    const { output } = await run('show', '--table', 'catalogue');
    expect(output).toMatch(/^# revision 1\n/);
    const { output: said } = await run('diff', file('shown.yaml', output), '--table', 'catalogue');
    expect(said).toContain('Revision 1 says the same');
  });

  it.each([
    [[], 'There is no such command.'],
    [['publish', 'x.yaml'], 'There is no such command.'],
    [['validate'], 'validate needs a file.'],
    [['validate', '/nowhere.yaml'], '/nowhere.yaml cannot be read.'],
    [['apply', EXAMPLE_FILE], 'apply needs --table.'],
    [['show'], 'show needs --table.'],
    [['diff', EXAMPLE_FILE, '--expect', 'x'], '--expect is the number of a revision.'],
    [['diff', EXAMPLE_FILE, '--language', 'de'], '--language is ru or en.'],
    [['diff', EXAMPLE_FILE, '--force'], "Unknown option '--force'"],
  ])('called as %j says how it is called', async (args, message) => {
    const { code, output } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(output.startsWith(message)).toBe(true);
    expect(output).toContain('catalogue validate <file>');
  });
});
