import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventSchemas } from '../../scripts/lib/event-schemas.ts';

const read = (file: string) => readFileSync(file, 'utf8');

describe('the tree', () => {
  it('has a committed, current schema for every event', () => {
    const schemas = eventSchemas();
    expect(readdirSync('docs/events').sort()).toEqual([...schemas.keys()].sort());
    for (const [file, text] of schemas) expect(read(`docs/events/${file}`), file).toBe(text);
  });

  it('has a README for every capability and gateway', () => {
    const folders = ['shared', 'shared/gateways'].flatMap((root) =>
      readdirSync(root, { withFileTypes: true })
        .filter(
          (entry) =>
            entry.isDirectory() &&
            !['kernel', 'platform', 'gateways', 'common'].includes(entry.name),
        )
        .map((entry) => `${root}/${entry.name}`),
    );
    expect(folders.filter((folder) => !existsSync(`${folder}/README.md`))).toEqual([]);
  });

  it('imports zod as a namespace only: the named import bundles every locale', () => {
    const named = globSync('{shared,functions,infra,scripts}/**/*.ts').filter((file) =>
      /import \{[^}]*\bz\b[^}]*\} from 'zod'/.test(read(file)),
    );
    expect(named).toEqual([]);
  });

  it('keeps the environment of every function beside its handler', () => {
    const handlers = globSync('functions/*/*/handler.ts');
    expect(handlers.length).toBeGreaterThan(5);
    expect(handlers.filter((file) => !existsSync(file.replace('handler.ts', 'env.ts')))).toEqual(
      [],
    );
  });

  it('names only existing npm scripts in its documents', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const documents = [...globSync('*.md'), ...globSync('docs/**/*.md')];
    const named = documents.flatMap((file) =>
      [...read(file).matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.length).toBeGreaterThan(5);
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
