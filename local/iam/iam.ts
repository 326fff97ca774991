import { AwsError } from '#local/kernel/aws-error.ts';
import type { Permission } from '#local/kernel/service.ts';
import type { Resource } from '#local/template/deployment.ts';
import type { ConditionContext } from './conditions.ts';
import { type ResourcePolicies, readResourcePolicies } from './resource-policies.ts';
import { type Role, type RoleStatement, readRoles } from './roles.ts';
import { covers, type Statement } from './statement.ts';

/** One (action, resource) pair that a policy of the template allows. */
export type Grant = { role: string; action: string; resource: string; used: boolean };

/** Names grants: every given field must match. `role` may be a part of the role's id. */
export type GrantFilter = { role?: string; action?: string; resource?: string };

/** A call that one AWS service makes on behalf of a resource of the template. */
export type ServiceCall = {
  /** For example `events.amazonaws.com`. */
  service: string;
  action: string;
  resource: string;
  sourceArn: string;
  accountId: string;
};

type TrackedGrant = Grant & {
  statement: RoleStatement;
  isRemoved: boolean;
  /** The first call that the grant allowed. */
  firstUse?: Permission;
};

/** An operator on this machine: not a role of the template. */
export const ROOT = 'root';

/**
 * Checks calls against the policies of the template, and remembers which grants were needed.
 *
 * A call is allowed when no statement denies it and an identity policy or a policy of the resource
 * allows it, as within one AWS account.
 */
export class Iam {
  readonly #roles: ReadonlyMap<string, Role>;
  readonly #rolesByArn: ReadonlyMap<string, Role>;
  readonly #rolesByKey: ReadonlyMap<string, Role>;
  readonly #policies: ResourcePolicies;
  readonly #grants: ReadonlyMap<string, readonly TrackedGrant[]>;

  constructor(resources: readonly Resource[]) {
    const roles = readRoles(resources);
    this.#roles = new Map(roles.map((role) => [role.id, role]));
    this.#rolesByArn = new Map(roles.map((role) => [role.arn, role]));
    this.#rolesByKey = new Map(roles.map((role) => [role.accessKeyId, role]));
    this.#policies = readResourcePolicies(resources);
    this.#grants = new Map(roles.map((role) => [role.id, grantsOf(role)]));
  }

  /** The principal of a role named by ARN. */
  roleByArn(arn: string): Role {
    const role = this.#rolesByArn.get(arn);
    if (!role) throw new Error(`no role ${arn} in the template`);
    return role;
  }

  /** Who signs with this access key. A key of no role is an operator's. */
  principalOfKey(accessKeyId: string | undefined): string {
    return (accessKeyId && this.#rolesByKey.get(accessKeyId)?.id) || ROOT;
  }

  /** Throws AWS's denial unless every permission is allowed to the principal. */
  authorize(principal: string, permissions: readonly Permission[]): void {
    if (principal === ROOT) return;
    for (const permission of permissions) {
      const verdict = this.#judge(principal, permission);
      if (verdict !== 'allowed') throw this.#denied(principal, permission, verdict);
    }
  }

  isAllowed(principal: string, permission: Permission): boolean {
    return principal === ROOT || this.#judge(principal, permission) === 'allowed';
  }

  /** Counts grants as used for what a service does unseen with the role, for example re-encryption. */
  noteUse(
    principal: string,
    action: string,
    resource: string,
    context: Permission['context'] = {},
  ): void {
    this.#judge(principal, { action, resource, context });
  }

  /** Whether the policy of the resource lets an AWS service in. */
  allowsService(call: ServiceCall): boolean {
    const context = contextOf({
      'aws:sourcearn': [call.sourceArn],
      'aws:sourceaccount': [call.accountId],
    });
    const statements = (this.#policies.get(call.resource) ?? []).filter(
      (statement) =>
        statement.principals.some(
          ({ kind, name }) => kind === 'Any' || (kind === 'Service' && name === call.service),
        ) &&
        covers(statement, call.action, call.resource) &&
        holds(statement, context),
    );
    return statements.some(({ isAllow }) => isAllow) && statements.every(({ isAllow }) => isAllow);
  }

  /** Every grant of the template's own policies and whether any call has needed it yet. */
  report(): Grant[] {
    return [...this.#grants.values()]
      .flat()
      .flatMap(({ role, action, resource, used, statement }) =>
        statement.isOwn ? [{ role, action, resource, used }] : [],
      );
  }

  /**
   * Used grants that nothing would miss: without them, the call that they allowed is allowed still.
   *
   * Each grant is taken away for a moment and its first call is judged again.
   */
  dispensable(): Grant[] {
    return [...this.#grants.values()].flat().flatMap((grant) => {
      const { firstUse, role, action, resource, used } = grant;
      if (!firstUse) return [];
      grant.isRemoved = true;
      const isAllowed = this.#judge(role, firstUse) === 'allowed';
      grant.isRemoved = false;
      return isAllowed && grant.statement.isOwn ? [{ role, action, resource, used }] : [];
    });
  }

  /** Takes grants away until the returned function is called. Throws when none matches. */
  withoutGrant(filter: GrantFilter): () => void {
    const removed = [...this.#grants.values()].flat().filter((grant) => isNamed(grant, filter));
    if (removed.length === 0) throw new Error(`no grant matches ${JSON.stringify(filter)}`);
    for (const grant of removed) grant.isRemoved = true;
    return () => {
      for (const grant of removed) grant.isRemoved = false;
    };
  }

  #judge(principal: string, permission: Permission): 'allowed' | 'no_allow' | 'denied' {
    const role = this.#roles.get(principal);
    if (!role) return 'no_allow';
    const { action, resource } = permission;
    const context = contextOf(permission.context ?? {});
    const denied = [...role.statements, ...this.#onResource(role, resource)].some(
      (statement) =>
        !statement.isAllow && covers(statement, action, resource) && holds(statement, context),
    );
    if (denied) return 'denied';
    const grants = (this.#grants.get(principal) ?? []).filter(
      ({ statement, isRemoved }) =>
        !isRemoved && covers(statement, action, resource) && holds(statement, context),
    );
    for (const grant of grants) {
      grant.used = true;
      grant.firstUse ??= permission;
    }
    if (grants.length > 0 || this.#allowsByException(role, permission, context)) return 'allowed';
    return this.#onResource(role, resource).some(
      (statement) =>
        statement.isAllow &&
        namesRole(statement, role) &&
        covers(statement, action, resource) &&
        holds(statement, context),
    )
      ? 'allowed'
      : 'no_allow';
  }

  /** `NotAction` and `NotResource` statements are no single grants; they allow by what they omit. */
  #allowsByException(role: Role, { action, resource }: Permission, context: ConditionContext) {
    return role.statements.some(
      (statement) =>
        statement.isAllow &&
        isByException(statement) &&
        covers(statement, action, resource) &&
        holds(statement, context),
    );
  }

  /** The statements on the resource itself, or on the bucket or function that holds it. */
  #onResource(role: Role, resource: string): readonly Statement[] {
    const holder = resource.startsWith('arn:aws:s3:::') ? resource.split('/')[0] : resource;
    const statements = this.#policies.get(holder ?? resource) ?? [];
    return statements.filter((statement) =>
      statement.principals.some(
        ({ kind, name }) => kind === 'Any' || (kind === 'AWS' && isAbout(name, role)),
      ),
    );
  }

  #denied(principal: string, { action, resource }: Permission, verdict: string): AwsError {
    const role = this.#roles.get(principal);
    const account = role?.arn.split(':')[4] ?? '';
    const user = `arn:aws:sts::${account}:assumed-role/${role?.name ?? principal}/${principal.split('/').at(-1)}`;
    const because =
      verdict === 'denied'
        ? 'with an explicit deny in a policy'
        : `because no identity-based policy allows the ${action} action`;
    return new AwsError(
      'AccessDeniedException',
      `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
    );
  }
}

function grantsOf(role: Role): TrackedGrant[] {
  return role.statements
    .filter((statement) => statement.isAllow && !isByException(statement))
    .flatMap((statement) =>
      statement.actions.flatMap((action) =>
        statement.resources.map((resource) => ({
          role: role.id,
          action: action.text,
          resource: resource.text,
          used: false,
          isRemoved: false,
          statement: { ...statement, actions: [action], resources: [resource] },
        })),
      ),
    );
}

function isByException(statement: Statement): boolean {
  return statement.exceptActions.length > 0 || statement.exceptResources.length > 0;
}

function isNamed(grant: Grant, { role, action, resource }: GrantFilter): boolean {
  return (
    (role === undefined || grant.role.includes(role)) &&
    (action === undefined || grant.action === action) &&
    (resource === undefined || grant.resource === resource)
  );
}

/** The account's root in a resource policy hands the decision to identity policies: not an allow. */
function namesRole(statement: Statement, role: Role): boolean {
  return statement.principals.some(
    ({ kind, name }) => kind === 'Any' || (kind === 'AWS' && name === role.arn),
  );
}

function isAbout(principal: string, role: Role): boolean {
  const account = role.arn.split(':')[4] ?? '';
  return (
    principal === role.arn || principal === account || principal === `arn:aws:iam::${account}:root`
  );
}

function holds(statement: Statement, context: ConditionContext): boolean {
  return statement.conditions.every((condition) => condition(context));
}

/** Loopback stands for the encrypted connection that the cloud would have. */
function contextOf(given: Readonly<Record<string, readonly string[]>>): ConditionContext {
  const entries = Object.entries(given).map(
    ([key, values]) => [key.toLowerCase(), values] as const,
  );
  return new Map([['aws:securetransport', ['true']] as const, ...entries]);
}
