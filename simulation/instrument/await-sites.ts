import { relative } from 'node:path';
import * as ts from 'typescript';

/** How a continuation hangs on a promise. */
export type AwaitKind = 'await' | 'for await' | 'return' | 'then';

/** A place in the sources where the rest of a function waits for a promise. */
export type AwaitSite = {
  /** `<file>:<line>`, with `.2` for the second one of a line. */
  readonly name: string;
  readonly kind: AwaitKind;
  readonly file: string;
  readonly line: number;
  /** The expression that is waited for, as the source begins it. */
  readonly text: string;
  /** Where the expression stands in the text of the file. */
  readonly start: number;
  readonly end: number;
};

const TEXT_MAX = 60;
const CHAINS = new Set(['then', 'catch', 'finally']);

/** All places of a file where something waits, in the order of the text; outer before inner. */
export function awaitSitesOf(
  source: ts.SourceFile,
  checker: ts.TypeChecker,
  root: string,
): AwaitSite[] {
  const file = relative(root, source.fileName);
  const lines = new Map<number, number>();
  const sites: AwaitSite[] = [];
  const visit = (node: ts.Node): void => {
    const found = waitedFor(node, checker);
    if (found) sites.push(siteOf(found));
    ts.forEachChild(node, visit);
  };
  const siteOf = ({ kind, expression }: Waited): AwaitSite => {
    const start = expression.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    const times = (lines.get(line) ?? 0) + 1;
    lines.set(line, times);
    const name = times === 1 ? `${file}:${line}` : `${file}:${line}.${times}`;
    const text = expression.getText(source).replace(/\s+/g, ' ').slice(0, TEXT_MAX);
    return { name, kind, file, line, text, start, end: expression.end };
  };
  visit(source);
  return sites;
}

type Waited = { readonly kind: AwaitKind; readonly expression: ts.Expression };

function waitedFor(node: ts.Node, checker: ts.TypeChecker): Waited | undefined {
  if (ts.isAwaitExpression(node)) return { kind: 'await', expression: node.expression };
  if (ts.isForOfStatement(node) && node.awaitModifier)
    return { kind: 'for await', expression: node.expression };
  const returned = returnedBy(node);
  if (returned && !ts.isAwaitExpression(returned) && mayBePromise(returned, checker))
    return { kind: 'return', expression: returned };
  const chained = chainedOn(node);
  if (chained && mayBePromise(chained, checker)) return { kind: 'then', expression: chained };
  return undefined;
}

/** What an async function gives back: a promise among it is waited for, too. */
function returnedBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isReturnStatement(node) && node.expression && isAsync(functionAround(node)))
    return node.expression;
  if (ts.isArrowFunction(node) && isAsync(node) && !ts.isBlock(node.body)) return node.body;
  return undefined;
}

function functionAround(node: ts.Node): ts.Node | undefined {
  let at: ts.Node | undefined = node.parent;
  while (at && !ts.isFunctionLike(at)) at = at.parent;
  return at;
}

function isAsync(node: ts.Node | undefined): boolean {
  if (!node || !ts.canHaveModifiers(node)) return false;
  return (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
}

function chainedOn(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  const { name, expression } = node.expression;
  return CHAINS.has(name.text) ? expression : undefined;
}

function mayBePromise(expression: ts.Expression, checker: ts.TypeChecker): boolean {
  const type = checker.getTypeAtLocation(expression);
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => part.getProperty('then') !== undefined);
}
