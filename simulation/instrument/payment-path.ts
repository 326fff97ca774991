import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as ts from 'typescript';
import { type AwaitSite, awaitSitesOf } from './await-sites.ts';
import { ROOT } from './root.ts';

/** Every source file of the product that the given modules load, and where it waits. */
export type PaymentPath = {
  /** Relative to the root, sorted. */
  readonly files: readonly string[];
  readonly sites: readonly AwaitSite[];
};

const PRODUCT = /^(shared|functions)\//;

/** Reads the import graph and the promises of the sources with the TypeScript compiler. */
export function readPaymentPath(roots: readonly string[]): PaymentPath {
  const program = ts.createProgram(
    roots.map((file) => join(ROOT, file)),
    compilerOptions(),
  );
  const checker = program.getTypeChecker();
  const files = loadedFrom(program, roots);
  const sites = files.flatMap((file) => {
    const source = program.getSourceFile(join(ROOT, file));
    return source ? awaitSitesOf(source, checker, ROOT) : [];
  });
  return { files, sites };
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.parseConfigFileTextToJson(path, readFileSync(path, 'utf8'));
  return ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT).options;
}

/** What is loaded when the roots run: imports of types alone load nothing. */
function loadedFrom(program: ts.Program, roots: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    const source = program.getSourceFile(join(ROOT, file));
    if (!source) throw new Error(`${file} is not a source file`);
    for (const specifier of importsOf(source)) {
      const target = resolve(specifier, source.fileName, program.getCompilerOptions());
      if (target !== undefined && PRODUCT.test(target)) visit(target);
    }
  };
  for (const root of roots) visit(root);
  return [...found].filter((file) => PRODUCT.test(file)).sort();
}

function importsOf(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement))
      return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        ? []
        : [textOf(statement.moduleSpecifier)];
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && !statement.isTypeOnly)
      return [textOf(statement.moduleSpecifier)];
    return [];
  });
}

function textOf(node: ts.Expression): string {
  return ts.isStringLiteral(node) ? node.text : '';
}

function resolve(specifier: string, from: string, options: ts.CompilerOptions): string | undefined {
  if (!specifier.startsWith('.') && !specifier.startsWith('#')) return undefined;
  const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
  if (!resolvedModule) throw new Error(`${specifier} is not found from ${dirname(from)}`);
  return relative(ROOT, resolvedModule.resolvedFileName);
}
