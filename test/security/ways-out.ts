import ts from 'typescript';

/** Modules that connect, resolve names, or start something that could. */
const NETWORK =
  /^(?:node:)?(?:https?|http2|dns|dns\/promises|dgram|child_process|cluster|worker_threads|inspector|vm|module|undici)$/;
const CLIENTS = /^(?:axios|got|node-fetch|ky|superagent|request|ws|undici)(?:\/|$)/;
/** What may be taken from modules that both compute and connect. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  net: ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  tls: ['rootCertificates'],
};
const GLOBALS = [
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'eval',
  'Function',
  'require',
];
const ROOTS = ['globalThis', 'global'];

/** Every way out of the process that a source text takes, by syntax alone; types do not count. */
export function waysOut(source: string): string[] {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.ESNext, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    found.push(...fromModule(node), ...fromGlobal(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function fromModule(node: ts.Node): string[] {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
    return fromSpecifier(moduleSpecifier.text, namesOf(node));
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [what] = node.arguments;
    return what && ts.isStringLiteral(what) ? fromSpecifier(what.text, ['*']) : ['import(…)'];
  }
  return [];
}

function fromSpecifier(specifier: string, names: readonly string[]): string[] {
  if (NETWORK.test(specifier) || CLIENTS.test(specifier)) return [specifier];
  const harmless = HARMLESS[specifier.replace(/^node:/, '')];
  if (!harmless) return [];
  return names.filter((name) => !harmless.includes(name)).map((name) => `${specifier} ${name}`);
}

function namesOf(node: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
  const named = clause ? clause.namedBindings : ts.isExportDeclaration(node) && node.exportClause;
  if (clause?.name) return ['*'];
  if (!named || ts.isNamespaceImport(named) || ts.isNamespaceExport(named)) return ['*'];
  return named.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

function fromGlobal(node: ts.Node): string[] {
  if (!ts.isIdentifier(node)) return [];
  const { text } = node;
  if (text === 'getBuiltinModule') return [text];
  if (isMere(node) || isLocal(node)) return [];
  if (ROOTS.includes(text)) return [throughRoot(node)];
  return GLOBALS.includes(text) ? [text] : [];
}

/** The name of a property or of a member, which says nothing about the global of that name. */
function isMere(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node) ||
    (ts.isPropertySignature(parent) && parent.name === node) ||
    (ts.isMethodDeclaration(parent) && parent.name === node)
  );
}

/** Whether a parameter or a constant of that name hides the global. */
function isLocal(node: ts.Identifier): boolean {
  for (let at: ts.Node = node.parent; at; at = at.parent) {
    if (declaredIn(at).some((name) => name === node.text)) return true;
  }
  return false;
}

function declaredIn(scope: ts.Node): string[] {
  if (ts.isFunctionLike(scope)) return scope.parameters.flatMap(({ name }) => boundBy(name));
  if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) return [];
  return scope.statements.flatMap((statement) =>
    ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ name }) => boundBy(name))
      : [],
  );
}

function boundBy(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundBy(element.name),
  );
}

function throughRoot(node: ts.Identifier): string {
  const { parent, text } = node;
  if (ts.isPropertyAccessExpression(parent)) return `${text}.${parent.name.text}`;
  if (!ts.isElementAccessExpression(parent)) return text;
  const { argumentExpression: key } = parent;
  return ts.isStringLiteral(key) ? `${text}.${key.text}` : `${text}[…]`;
}
