import { asObject, asText, isObject, listOf, textsOf } from '#local/template/json.ts';
import { type Condition, parseConditions } from './conditions.ts';
import { type Pattern, pattern } from './wildcard.ts';

/** One parsed statement of a policy document. */
export type Statement = {
  isAllow: boolean;
  actions: readonly Pattern[];
  /** Set for `NotAction`: the statement covers every action but these. */
  exceptActions: readonly Pattern[];
  resources: readonly Pattern[];
  exceptResources: readonly Pattern[];
  conditions: readonly Condition[];
  /** Who a statement of a resource policy speaks of; empty in an identity policy. */
  principals: readonly Principal[];
};

type Principal = { kind: 'AWS' | 'Service' | 'Any'; name: string };

/** Parses a policy document. What is not understood is refused, never read as "no effect". */
export function parsePolicy(document: unknown, what: string): Statement[] {
  const policy = asObject(document, what);
  return listOf(policy['Statement']).map((value) => parseStatement(value, what));
}

const KNOWN_FIELDS = new Set(
  'Sid Effect Action NotAction Resource NotResource Condition Principal'.split(' '),
);

function parseStatement(value: unknown, what: string): Statement {
  const statement = asObject(value, `statement of ${what}`);
  const unknown = Object.keys(statement).find((field) => !KNOWN_FIELDS.has(field));
  if (unknown) throw new Error(`${what}: statement field ${unknown} is not emulated`);
  const patterns = (field: string, ignoreCase: boolean) =>
    textsOf(statement[field], `${field} of ${what}`).map((text) => pattern(text, ignoreCase));
  return {
    isAllow: asText(statement['Effect'], `Effect of ${what}`) === 'Allow',
    actions: patterns('Action', true),
    exceptActions: patterns('NotAction', true),
    resources: patterns('Resource', false),
    exceptResources: patterns('NotResource', false),
    conditions: parseConditions(statement['Condition'], what),
    principals: parsePrincipals(statement['Principal'], what),
  };
}

function parsePrincipals(value: unknown, what: string): Principal[] {
  if (value === undefined) return [];
  if (value === '*') return [{ kind: 'Any', name: '*' }];
  if (!isObject(value)) throw new Error(`${what}: principal ${String(value)} is not understood`);
  return Object.entries(value).flatMap(([kind, names]) =>
    textsOf(names, `principal of ${what}`).map((name): Principal => {
      if (name === '*') return { kind: 'Any', name };
      if (kind === 'AWS' || kind === 'Service') return { kind, name };
      throw new Error(`${what}: principal kind ${kind} is not emulated`);
    }),
  );
}

/** True when the statement speaks of this action on this resource. */
export function covers(statement: Statement, action: string, resource: string): boolean {
  return coversAction(statement, action) && coversResource(statement, resource);
}

function coversAction({ actions, exceptActions }: Statement, action: string): boolean {
  if (exceptActions.length > 0) return !exceptActions.some((item) => item.matches(action));
  return actions.some((item) => item.matches(action));
}

function coversResource({ resources, exceptResources }: Statement, resource: string): boolean {
  if (exceptResources.length > 0) return !exceptResources.some((item) => item.matches(resource));
  return resources.some((item) => item.matches(resource));
}
