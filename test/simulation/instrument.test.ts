import * as ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { type AwaitSite, awaitSitesOf } from '../../simulation/instrument/await-sites.ts';
import { fileOf } from '../../simulation/instrument/load-hooks.ts';
import { at, type Boundary, each, standAt } from '../../simulation/instrument/probe.ts';
import { withProbes } from '../../simulation/instrument/rewrite.ts';

function sitesIn(text: string): AwaitSite[] {
  const options = { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.ESNext, strict: true };
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile('/root/file.ts', text, ts.ScriptTarget.ES2024, true);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === '/root/file.ts' ? source : getSourceFile(name, ...rest);
  const program = ts.createProgram(['/root/file.ts'], options, host);
  return awaitSitesOf(source, program.getTypeChecker(), '/root');
}

describe('the places where a source waits', () => {
  it.each<[string, string, string[]]>([
    ['an await', 'async function f(p: Promise<1>) { await p; }', ['await p']],
    [
      'one within another',
      'async (g: (n: number) => Promise<number>) => { await g(await g(1)); };',
      ['await g(await g(1))', 'await g(1)'],
    ],
    ['a promise that is given back', 'async function f(p: Promise<1>) { return p; }', ['return p']],
    [
      'one that may be a promise',
      'async (p: Promise<1>, b: boolean) => (b ? p : 1);',
      ['return (b ? p : 1)'],
    ],
    ['a chain', 'declare const p: Promise<1>; p.catch(() => 2);', ['then p']],
    [
      'each step of a loop',
      'async function f(all: AsyncIterable<1>) { for await (const _ of all); }',
      ['for await all'],
    ],
    ['no value that is given back', 'async function f(n: number) { return n + 1; }', []],
    ['no promise that is handed on', 'function f(p: Promise<1>) { return p; }', []],
    ['no callback of a list', 'async function f(n: number[]) { return n.map((one) => one); }', []],
  ])('are: %s', (_name, text, expected) => {
    expect(sitesIn(text).map((site) => `${site.kind} ${site.text}`)).toEqual(expected);
  });

  it('are named by file and line, the second one of a line apart', () => {
    const sites = sitesIn('\nasync function f(p: Promise<1>) { await p; await p; }');
    expect(sites.map(({ name }) => name)).toEqual(['file.ts:2', 'file.ts:2.2']);
  });
});

describe('a source with probes', () => {
  it('does the same as before, line by line', async () => {
    const text = [
      'export const run = async (g: (n: number) => Promise<number>) => {',
      '  const seen: number[] = [await g(await g(1))];',
      '  for await (const one of [g(5), 6]) seen.push(one);',
      '  const last = g(7).then((n) => n * 2);',
      '  seen.push(await last);',
      '  return g(seen.reduce((a, b) => a + b));',
      '};',
    ].join('\n');
    const sites = sitesIn(text);
    const probed = withProbes(text, sites);
    expect(sites).toHaveLength(6);
    expect(probed.split('\n')).toHaveLength(text.split('\n').length);
    const body = probed.replace(/^import .*?;/, '').replace('export const run =', 'return');
    const js = ts.transpile(body, { target: ts.ScriptTarget.ES2024 });
    const run = new Function('__at', '__each', js)(at, each);
    expect(await run(async (n: number) => n + 1)).toBe(1 + 3 + 6 + 6 + 16);
  });
});

describe('a probe', () => {
  afterEach(() => standAt((_name, run) => run()));

  const heard: string[] = [];
  const listening: Boundary = async (name, run) => {
    heard.push(`before ${name}`);
    const ended = await run();
    heard.push(`after ${name}`);
    return ended;
  };

  it('stands before what is waited for, and after it, be it a value or an error', async () => {
    standAt(listening);
    heard.length = 0;
    expect(await at('one', async () => 1)).toBe(1);
    await expect(at('two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(heard).toEqual(['before one', 'after one', 'before two', 'after two']);
  });

  it('stands at each step of a loop and lets the loop be left', async () => {
    standAt(listening);
    heard.length = 0;
    let isClosed = false;
    async function* numbers() {
      try {
        yield* [1, 2, 3];
      } finally {
        isClosed = true;
      }
    }
    for await (const one of each('step', numbers)) if (one === 2) break;
    expect(heard).toEqual(['before step', 'after step', 'before step', 'after step']);
    expect(isClosed).toBe(true);
  });

  it('never begins what a crash comes before, and never tells what a crash comes after', async () => {
    const never = () => new Promise<never>(() => {});
    let hasBegun = false;
    let isTold = false;
    const begin = async () => {
      hasBegun = true;
    };
    const tell = () => {
      isTold = true;
    };
    standAt(never);
    void at('before', begin).then(tell);
    await Promise.resolve();
    expect(hasBegun).toBe(false);
    standAt(async (_name, run) => {
      await run();
      return never();
    });
    void at('after', begin).then(tell);
    await new Promise((resolve) => setImmediate(resolve));
    expect([hasBegun, isTold]).toEqual([true, false]);
  });
});

describe('what may be rewritten', () => {
  it('is of the repository, and nothing that it depends on', () => {
    const url = (path: string) => new URL(`../../${path}`, import.meta.url).href;
    expect(fileOf(url('shared/kernel/money.ts'))).toBe('shared/kernel/money.ts');
    expect(fileOf(url('shared/kernel/money.ts?mutant=x'))).toBe('shared/kernel/money.ts');
    expect(fileOf(url('node_modules/zod/index.js'))).toBe('');
    expect(fileOf('node:fs')).toBe('');
    expect(fileOf('file:///etc/hosts')).toBe('');
  });
});
