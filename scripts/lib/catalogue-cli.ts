import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { readCatalogueText, type TextReading } from '#shared/catalogue/adapters/read-text.ts';
import { catalogueToFile } from '#shared/catalogue/contracts/catalogue-file.ts';
import type { Catalogue } from '#shared/catalogue/domain/catalogue.ts';
import type { Change } from '#shared/catalogue/domain/change.ts';
import { changeWords, type Language } from '#shared/catalogue/domain/change-words.ts';
import { checkCatalogue } from '#shared/catalogue/domain/check-catalogue.ts';
import { hasErrors, type Issue, pathText } from '#shared/catalogue/domain/issue.ts';
import type { CatalogueStore } from '#shared/catalogue/ports.ts';
import { createApplyCatalogue } from '#shared/catalogue/usecases/apply-catalogue.ts';
import type { Clock } from '#shared/kernel/time.ts';

/** 0: done, or nothing to do. */
export const EXIT = { done: 0, refused: 1, usage: 2, stale: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const USAGE = `catalogue validate <file>    checks a file by itself
catalogue diff <file>        says what publishing it would change
catalogue apply <file>       publishes it
catalogue show               writes what is published, as a file

  --table <name>             the catalogue table; not needed to validate
  --endpoint <url>           of a local cloud; AWS when it is absent
  --expect <revision>        publish only over this revision
  --allow-past               take new versions that are valid from a past day
  --language ru|en           of what has changed; en when it is absent
  --json                     for programs

Exits with 0 when it is done, 1 when the file is refused, 2 when it was called
wrongly, 3 when another revision was published meanwhile.
`;

export type CatalogueCli = {
  readonly openStore: (table: string, endpoint: string | undefined) => CatalogueStore;
  readonly clock: Clock;
  readonly write: (text: string) => void;
};

type Call = ReturnType<typeof parse>;
/** A file with how its fields are found in it. */
type File = { readonly name: string; readonly reading: TextReading };

/** The command `catalogue`; what it needs from outside is given. */
export async function runCatalogueCli(
  args: readonly string[],
  cli: CatalogueCli,
): Promise<ExitCode> {
  let call: Call;
  try {
    call = parse(args);
  } catch (error) {
    return misused(cli, error instanceof Error ? error.message : String(error));
  }
  const [command = '', name] = call.positionals;
  if (command === 'show') return show(call, cli);
  if (!['validate', 'diff', 'apply'].includes(command))
    return misused(cli, 'There is no such command.');
  if (name === undefined) return misused(cli, `${command} needs a file.`);
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch {
    return misused(cli, `${name} cannot be read.`);
  }
  const file = { name, reading: readCatalogueText(text) };
  if ('issues' in file.reading) return refuse(call, cli, file, file.reading.issues);
  if (command === 'validate') return validate(call, cli, file, file.reading.catalogue);
  return publish(call, cli, file, file.reading.catalogue);
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      table: { type: 'string' },
      endpoint: { type: 'string' },
      expect: { type: 'string' },
      'allow-past': { type: 'boolean', default: false },
      language: { type: 'string', default: 'en' },
      json: { type: 'boolean', default: false },
    },
  });
  const { expect = '0', language } = values;
  if (!/^\d{1,9}$/.test(expect)) throw new Error('--expect is the number of a revision.');
  if (language !== 'ru' && language !== 'en') throw new Error('--language is ru or en.');
  const inLanguage: Language = language;
  return { values, positionals, language: inLanguage };
}

/** A file by itself: what is published, and what day it is, does not matter. */
function validate({ values }: Call, cli: CatalogueCli, file: File, draft: Catalogue): ExitCode {
  const issues = checkCatalogue(draft);
  const isRight = !hasErrors(issues);
  if (values.json)
    cli.write(json({ outcome: isRight ? 'right' : 'refused', issues: told(issues, file) }));
  else {
    sayIssues(cli, file, issues);
    const counts = Object.entries(draft).map(([section, list]) => `${list.length} ${section}`);
    cli.write(isRight ? `${file.name} is right: ${counts.join(', ')}.\n` : refusal(issues));
  }
  return isRight ? EXIT.done : EXIT.refused;
}

async function publish(
  call: Call,
  cli: CatalogueCli,
  file: File,
  draft: Catalogue,
): Promise<ExitCode> {
  const { values, positionals } = call;
  const store = storeOf(call, cli);
  if (!store) return misused(cli, `${positionals[0]} needs --table.`);
  const apply = createApplyCatalogue({ store, clock: cli.clock });
  const answer = await apply(draft, {
    ...(values.expect !== undefined && { expectedRevision: Number(values.expect) }),
    pastDates: values['allow-past'] ? 'warn' : 'refuse',
    isDryRun: positionals[0] === 'diff',
  });
  if (answer.outcome === 'refused') return refuse(call, cli, file, answer.issues);
  const code = answer.outcome === 'stale' ? EXIT.stale : EXIT.done;
  if (values.json) {
    const warnings = 'warnings' in answer ? told(answer.warnings, file) : [];
    cli.write(json({ ...answer, warnings }));
    return code;
  }
  if ('warnings' in answer) sayIssues(cli, file, answer.warnings);
  if ('changes' in answer) sayChanges(cli, answer.changes, call.language);
  cli.write(`${conclusion(answer.outcome, answer.revision)}\n`);
  return code;
}

function conclusion(
  outcome: 'published' | 'would_publish' | 'unchanged' | 'stale',
  revision: number,
): string {
  switch (outcome) {
    case 'published':
      return `Published as revision ${revision}.`;
    case 'would_publish':
      return `This would become revision ${revision}; publish exactly this with "apply --expect ${revision - 1}".`;
    case 'unchanged':
      return `Revision ${revision} says the same: there is nothing to publish.`;
    case 'stale':
      return `Nothing was published: the newest revision is ${revision} by now. Look at "diff" again.`;
    default:
      return outcome satisfies never;
  }
}

async function show(call: Call, cli: CatalogueCli): Promise<ExitCode> {
  const store = storeOf(call, cli);
  if (!store) return misused(cli, 'show needs --table.');
  const { live, revision } = await store.read();
  const file = catalogueToFile(live);
  if (call.values.json) cli.write(json({ revision, file }));
  else
    cli.write(
      `# revision ${revision}\n${stringify(withoutAbsent(file), { aliasDuplicateObjects: false })}`,
    );
  return EXIT.done;
}

function withoutAbsent(file: unknown): unknown {
  return JSON.parse(JSON.stringify(file));
}

function storeOf({ values }: Call, { openStore }: CatalogueCli): CatalogueStore | undefined {
  return values.table === undefined ? undefined : openStore(values.table, values.endpoint);
}

function refuse(call: Call, cli: CatalogueCli, file: File, issues: readonly Issue[]): ExitCode {
  if (call.values.json) cli.write(json({ outcome: 'refused', issues: told(issues, file) }));
  else {
    sayIssues(cli, file, issues);
    cli.write(refusal(issues));
  }
  return EXIT.refused;
}

function refusal(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length;
  return `Refused: ${errors} ${errors === 1 ? 'error' : 'errors'}. Nothing was changed.\n`;
}

function sayIssues({ write }: CatalogueCli, file: File, issues: readonly Issue[]): void {
  for (const { severity, path, message, line, column } of told(issues, file)) {
    const field = path === '' ? '' : `${path} `;
    write(`${file.name}:${line}:${column}: ${severity}: ${field}${message}\n`);
  }
}

/** In the order of the file, with their places. */
function told(issues: readonly Issue[], { reading }: File) {
  return issues
    .map((issue) => ({ ...issue, path: pathText(issue.path), ...reading.placeOf(issue.path) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function sayChanges({ write }: CatalogueCli, changes: readonly Change[], language: Language): void {
  for (const change of changes) write(`${changeWords(change, language).join('\n')}\n`);
}

function misused({ write }: CatalogueCli, message: string): ExitCode {
  write(`${message}\n\n${USAGE}`);
  return EXIT.usage;
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
