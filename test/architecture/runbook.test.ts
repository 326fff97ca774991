import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8');
const runbook = read('docs/runbook.md');

type Alarm = { readonly name: string; readonly description: string };
type Section = { readonly heading: string; readonly anchor: string; readonly text: string };

/** All alarms of the synthesized templates; `npm test` synthesizes before it tests. */
function synthesizedAlarms(): Alarm[] {
  return globSync('cdk.out/*.template.json', { cwd: ROOT }).flatMap((file) => {
    const { Resources = {} } = JSON.parse(read(file)) as {
      Resources?: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
    };
    return Object.values(Resources)
      .filter(({ Type }) => /^AWS::CloudWatch::(Composite)?Alarm$/.test(Type))
      .map(({ Properties = {} }) => ({
        name: String(Properties['AlarmName']),
        description: String(Properties['AlarmDescription']),
      }));
  });
}

/** GitHub: lower case, punctuation dropped, spaces become hyphens; a repeated heading is numbered. */
function anchorsOf(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** The entries of the runbook: the headings of level three, with what stands under each. */
function sectionsOf(markdown: string): Section[] {
  const parts = markdown.split(/^(?=#{1,6} )/m).filter((part) => part.startsWith('#'));
  const headings = parts.map((part) => /^#+ (.*)$/m.exec(part)?.[1]?.trim() ?? '');
  const anchors = anchorsOf(headings);
  return parts.flatMap((text, index) =>
    text.startsWith('### ')
      ? [{ heading: headings[index] ?? '', anchor: anchors[index] ?? '', text }]
      : [],
  );
}

const alarms = synthesizedAlarms();
const sections = sectionsOf(runbook);
const linkOf = ({ description }: Alarm) => /docs\/runbook\.md#(\S+)$/.exec(description)?.[1];

describe('the runbook', () => {
  it('has an entry where the description of each synthesized alarm links to', () => {
    const anchors = new Set(sections.map(({ anchor }) => anchor));
    const dangling = alarms.filter((alarm) => !anchors.has(linkOf(alarm) ?? ''));
    expect(alarms.length).toBeGreaterThan(50);
    expect(dangling).toEqual([]);
  });

  it('links each alarm to the entry of its own name', () => {
    // A gateway's name in the middle and a burn rate's window at the end are left out of headings.
    const foreign = alarms.filter((alarm) => {
      const words = alarm.name.toLowerCase().split('-');
      return !(linkOf(alarm) ?? '?').split('-').every((word) => words.includes(word));
    });
    expect(foreign).toEqual([]);
  });

  it('has no entry that no alarm leads to', () => {
    const linked = new Set(alarms.map(linkOf));
    const dead = sections.filter(({ anchor }) => !linked.has(anchor));
    expect(dead.map(({ heading }) => heading)).toEqual([]);
  });

  it.each(sections)(
    '$heading says what it means, where to look, what to do, when it ends',
    ({ text }) => {
      const answers = [...text.matchAll(/^- \*\*(Means|Look|Do|Ends):\*\* (.+)$/gm)];
      expect(answers.map(([, question]) => question)).toEqual(['Means', 'Look', 'Do', 'Ends']);
    },
  );

  it('quotes log lines that the functions really write', () => {
    const sources = globSync('{functions,shared}/**/*.ts', { cwd: ROOT }).map(read).join('\n');
    const quoted = [...runbook.matchAll(/log lines? [*_]([^*_]+)[*_]/gi)].map(
      ([, line = '']) => line,
    );
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((line) => !sources.includes(`'${line}'`))).toEqual([]);
  });

  it('names settings and alarms that exist', () => {
    const settings = read('infra/settings.ts');
    const named = [...runbook.matchAll(/raise `([a-z]\w+)`/g)].map(([, name = '']) => name);
    expect(
      named.filter((name) => !settings.includes(`${name}:`) && name !== 'concurrency'),
    ).toEqual([]);
    const headings = new Set(sections.map(({ heading }) => heading));
    const mentioned = [...runbook.matchAll(/`([A-Z]\w+-[\w-]*[a-z])`/g)].map(
      ([, name = '']) => name,
    );
    const unknown = mentioned.filter((name) => !headings.has(name) && !name.includes('tbank'));
    expect(unknown).toEqual([]);
  });
});

describe('anchors', () => {
  it('are made as GitHub makes them', () => {
    expect(anchorsOf(['Stage-settle-Slow', 'What is **not** done?', 'Access', 'Access'])).toEqual([
      'stage-settle-slow',
      'what-is-not-done',
      'access',
      'access-1',
    ]);
  });
});
