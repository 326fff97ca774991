import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from './security-rules.ts';

const text = readFileSync('docs/security.md', 'utf8');
const rows = text.split('\n').filter((line) => /^\| [STRIDE], ?|^\| [STRIDE] /.test(line));

describe('the threat model', () => {
  it('names tests that exist', () => {
    const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(40);
    expect([...new Set(named)].filter((file) => !existsSync(file))).toEqual([]);
  });

  it('has a control and a test for each threat', () => {
    expect(rows.length).toBeGreaterThan(35);
    const bare = rows.filter((row) => {
      const [, , threat = '', control = '', test = ''] = row.split(/(?<!\\)\|/);
      return [threat, control].some((cell) => cell.trim() === '') || !/`test\/|the same/.test(test);
    });
    expect(bare).toEqual([]);
  });

  it('looks at every kind of threat at the doors', () => {
    for (const heading of ['## 1.', '## 2.', '## 4.']) {
      const section = text.slice(text.indexOf(heading)).split('\n## ')[0] ?? '';
      const kinds = [...section.matchAll(/^\| ([STRIDE](?:, [STRIDE])*) +\|/gm)].flatMap(
        ([, kind = '']) => kind.split(', '),
      );
      expect([heading, [...new Set(kinds)].toSorted()]).toEqual([heading, [...'DEIRST']]);
    }
  });

  it('says what remains at each boundary but the last', () => {
    const numbered = [...text.matchAll(/^## [1-6]\. /gm)];
    expect(text.match(/^\*\*Remains\.\*\*/gm)).toHaveLength(numbered.length);
  });

  it('leaves out no security test', () => {
    const files = globSync('test/{security,infra,platform/outbound}/**/*.test.ts');
    const about = files.filter((file) =>
      /(outbound|rotation|replay|spoofing|security\.)/.test(file),
    );
    expect(about.length).toBeGreaterThan(6);
    expect(about.filter((file) => !text.includes(file))).toEqual([]);
    expect(Object.keys(RULES).length).toBeGreaterThan(20);
  });
});
