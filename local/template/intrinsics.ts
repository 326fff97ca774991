import { asList, asObject, asText, isObject, type JsonObject } from './json.ts';

/** What stands for a value that the template removes. */
export const NO_VALUE = Symbol('AWS::NoValue');

/** The names that an intrinsic function may look up. Answers are fully resolved. */
export type Scope = {
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  importValue(exportName: string): unknown;
  stackOutput(stackName: string, outputName: string): unknown;
  condition(name: string): boolean;
  mapping(name: string): JsonObject;
};

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

/** Evaluates every intrinsic function inside a template value. */
export function resolveValue(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return refuseDynamicReference(value);
  if (Array.isArray(value)) {
    return value.map((item) => resolveValue(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (!isObject(value)) return value;
  const [only, ...others] = Object.keys(value);
  if (only !== undefined && others.length === 0) {
    const intrinsic = INTRINSICS[only];
    if (intrinsic) return intrinsic(value[only], scope);
    if (only.startsWith('Fn::')) throw new Error(`intrinsic function ${only} is not emulated`);
  }
  return resolveFields(value, scope);
}

function resolveFields(value: JsonObject, scope: Scope): JsonObject {
  const entries = Object.entries(value).map(([key, item]) => [key, resolveValue(item, scope)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

/** A secret inside the template would stand in a function's environment: never resolve it quietly. */
function refuseDynamicReference(text: string): string {
  if (text.includes('{{resolve:')) throw new Error(`dynamic reference ${text} is not emulated`);
  return text;
}

function text(value: unknown, scope: Scope, what: string): string {
  return asText(resolveValue(value, scope), what);
}

function list(value: unknown, scope: Scope, what: string): readonly unknown[] {
  return asList(resolveValue(value, scope), what);
}

const getAttribute: Intrinsic = (argument, scope) => {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    return scope.attribute(argument.slice(0, dot), argument.slice(dot + 1));
  }
  const [logicalId, attribute] = asList(argument, 'Fn::GetAtt');
  return scope.attribute(asText(logicalId, 'Fn::GetAtt'), text(attribute, scope, 'Fn::GetAtt'));
};

const join: Intrinsic = (argument, scope) => {
  const [separator, parts] = asList(argument, 'Fn::Join');
  return list(parts, scope, 'Fn::Join')
    .map((part) => asText(part, 'Fn::Join'))
    .join(asText(separator, 'Fn::Join'));
};

const substitute: Intrinsic = (argument, scope) => {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const known = asObject(variables, 'Fn::Sub');
  return asText(template, 'Fn::Sub').replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in known) return text(known[name], scope, `Fn::Sub ${name}`);
    if (name.includes('.')) return asText(getAttribute(name, scope), `Fn::Sub ${name}`);
    return asText(scope.ref(name), `Fn::Sub ${name}`);
  });
};

const select: Intrinsic = (argument, scope) => {
  const [index, items] = asList(argument, 'Fn::Select');
  const at = Number(resolveValue(index, scope));
  const values = list(items, scope, 'Fn::Select');
  if (!(at in values)) throw new Error(`Fn::Select: no item ${at} in a list of ${values.length}`);
  return values[at];
};

const split: Intrinsic = (argument, scope) => {
  const [separator, source] = asList(argument, 'Fn::Split');
  return text(source, scope, 'Fn::Split').split(asText(separator, 'Fn::Split'));
};

const choose: Intrinsic = (argument, scope) => {
  const [condition, whenTrue, whenFalse] = asList(argument, 'Fn::If');
  return resolveValue(scope.condition(asText(condition, 'Fn::If')) ? whenTrue : whenFalse, scope);
};

const findInMap: Intrinsic = (argument, scope) => {
  const [name, first, second] = asList(argument, 'Fn::FindInMap');
  const map = scope.mapping(text(name, scope, 'Fn::FindInMap'));
  const row = asObject(map[text(first, scope, 'Fn::FindInMap')], 'Fn::FindInMap');
  return row[text(second, scope, 'Fn::FindInMap')];
};

const stackOutput: Intrinsic = (argument, scope) => {
  const parts = Array.isArray(argument)
    ? argument
    : [asObject(argument, 'GetStackOutput')['StackName'], asObject(argument, '')['OutputName']];
  const [stack, output] = parts;
  return scope.stackOutput(
    text(stack, scope, 'Fn::GetStackOutput'),
    text(output, scope, 'Fn::GetStackOutput'),
  );
};

const truths = (argument: unknown, scope: Scope): readonly boolean[] =>
  asList(argument, 'condition').map((item) => resolveValue(item, scope) === true);

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(asText(argument, 'Ref')),
  Condition: (argument, scope) => scope.condition(asText(argument, 'Condition')),
  'Fn::GetAtt': getAttribute,
  'Fn::Join': join,
  'Fn::Sub': substitute,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::If': choose,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': (argument, scope) =>
    scope.importValue(text(argument, scope, 'Fn::ImportValue')),
  'Fn::GetStackOutput': stackOutput,
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(argument, scope, 'Fn::Base64')).toString('base64'),
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(resolveValue(argument, scope)),
  'Fn::Length': (argument, scope) => list(argument, scope, 'Fn::Length').length,
  'Fn::Equals': (argument, scope) => {
    const [left, right] = asList(argument, 'Fn::Equals');
    return JSON.stringify(resolveValue(left, scope)) === JSON.stringify(resolveValue(right, scope));
  },
  'Fn::And': (argument, scope) => truths(argument, scope).every(Boolean),
  'Fn::Or': (argument, scope) => truths(argument, scope).some(Boolean),
  'Fn::Not': (argument, scope) => !truths(argument, scope)[0],
};
