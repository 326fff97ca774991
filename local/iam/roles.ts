import type { Resource } from '#local/template/deployment.ts';
import { listOf, textsOf } from '#local/template/json.ts';
import { stableText } from '#local/template/names.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { parsePolicy, type Statement } from './statement.ts';

/** A statement of an identity policy, split so that each (action, resource) pair is one grant. */
export type RoleStatement = Statement & { isOwn: boolean };

export type Role = {
  /** `<stack>/<logical id>`: the principal of its calls. */
  id: string;
  name: string;
  arn: string;
  accessKeyId: string;
  statements: readonly RoleStatement[];
};

const MANAGED_ARN = /^arn:aws:iam::aws:policy\//;

/** Collects the identity policies of every role: inline, attached, and managed by AWS. */
export function readRoles(resources: readonly Resource[]): Role[] {
  const policies = resources.filter(({ type }) => type === 'AWS::IAM::Policy');
  const managed = resources.filter(({ type }) => type === 'AWS::IAM::ManagedPolicy');
  return resources
    .filter(({ type }) => type === 'AWS::IAM::Role')
    .map((role) => ({
      id: role.id,
      name: role.ref,
      arn: role.arn,
      accessKeyId: `AKIA${stableText(`key of ${role.id}`, 16).toUpperCase()}`,
      statements: [
        ...inlineStatements(role),
        ...[...policies, ...managed]
          .filter((policy) => isAttached(policy, role))
          .flatMap((policy) => own(parsePolicy(policy.properties['PolicyDocument'], policy.id))),
        ...managedStatements(role, managed),
      ],
    }));
}

function own(statements: readonly Statement[]): RoleStatement[] {
  return statements.map((statement) => ({ ...statement, isOwn: true }));
}

function inlineStatements(role: Resource): RoleStatement[] {
  return listOf(role.properties['Policies']).flatMap((policy) => {
    const document =
      typeof policy === 'object' && policy ? Reflect.get(policy, 'PolicyDocument') : undefined;
    return own(parsePolicy(document, role.id));
  });
}

function isAttached(policy: Resource, role: Resource): boolean {
  return textsOf(policy.properties['Roles'], `Roles of ${policy.id}`).includes(role.ref);
}

function managedStatements(role: Resource, managed: readonly Resource[]): RoleStatement[] {
  const arns = textsOf(role.properties['ManagedPolicyArns'], `policies of ${role.id}`);
  return arns.flatMap((arn) => {
    if (!MANAGED_ARN.test(arn)) {
      const policy = managed.find(({ ref }) => ref === arn);
      if (!policy) throw new Error(`${role.id} names the unknown policy ${arn}`);
      return own(parsePolicy(policy.properties['PolicyDocument'], policy.id));
    }
    const actions = MANAGED_POLICIES[arn.replace(MANAGED_ARN, '')];
    if (!actions) throw new Error(`${role.id}: the AWS managed policy ${arn} is not emulated`);
    const document = { Statement: { Effect: 'Allow', Action: actions, Resource: '*' } };
    return parsePolicy(document, arn).map((statement) => ({ ...statement, isOwn: false }));
  });
}
