import type { StackTemplate } from './assembly.ts';
import { NO_VALUE, resolveValue, type Scope } from './intrinsics.ts';
import { asObject, asText, isObject, type JsonObject } from './json.ts';
import { stableUuid } from './names.ts';
import {
  type Addresses,
  type NamedResource,
  RESOURCE_KINDS,
  type ResourceKind,
} from './resource-kinds.ts';
import { outputsOf, propertiesOf, resourcesOf, typeOf, whyRefused } from './stack-parts.ts';

/** One resource with everything resolved that CloudFormation would resolve. */
export type Resource = {
  /** `<stack>/<logical id>`: unique over all stacks. */
  id: string;
  stack: string;
  logicalId: string;
  type: string;
  region: string;
  accountId: string;
  /** What `Ref` answers. */
  ref: string;
  /** What `Fn::GetAtt` answers for `Arn`; empty when the type has none. */
  arn: string;
  properties: JsonObject;
  attribute(name: string): string;
};

export type DeploymentOptions = {
  stacks: readonly StackTemplate[];
  /** Used by stacks without a concrete environment. */
  region: string;
  accountId: string;
  addresses: Addresses;
  /** Identities that engines gave to resources, by resource id. */
  identities: ReadonlyMap<string, JsonObject>;
};

/**
 * Resolves the templates of one assembly.
 *
 * Values are resolved when they are asked for, so that stacks and resources may refer to each other
 * in any order; a circle is an error that names its members.
 */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #stacks: ReadonlyMap<string, StackTemplate>;
  readonly #resolved = new Map<string, unknown>();
  readonly #resolving: string[] = [];
  #exports: ReadonlyMap<string, { stack: StackTemplate; value: unknown }> | undefined;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#stacks = new Map(options.stacks.map((stack) => [stack.name, stack]));
    for (const stack of options.stacks) this.#refuseUnknownTypes(stack);
  }

  /** All resources whose condition holds, of the given types or of every type. */
  resources(...types: readonly string[]): Resource[] {
    return this.declared(...types).map(({ stack, logicalId }) => this.#resource(stack, logicalId));
  }

  /** The same without resolving anything: resources that still need an identity can be listed. */
  declared(...types: readonly string[]): { id: string; stack: StackTemplate; logicalId: string }[] {
    return this.#options.stacks.flatMap((stack) =>
      Object.entries(resourcesOf(stack))
        .filter(([, value]) => types.length === 0 || types.includes(typeOf(value)))
        .filter(([logicalId]) => this.#isPresent(stack, logicalId))
        .map(([logicalId]) => ({ id: `${stack.name}/${logicalId}`, stack, logicalId })),
    );
  }

  /** One property of a resource, resolved alone. */
  property(stack: StackTemplate, logicalId: string, name: string): unknown {
    const raw = propertiesOf(stack, logicalId)[name];
    if (raw === undefined) return undefined;
    const key = `${stack.name}/${logicalId}.${name}`;
    const value = this.#once(key, () => resolveValue(raw, this.#scope(stack)));
    return value === NO_VALUE ? undefined : value;
  }

  /** The folder or file of a function's code. */
  assetPath(resource: Resource): string | undefined {
    const stack = this.#stack(resource.stack);
    const code = resource.properties['Code'];
    const key = isObject(code) ? code['S3Key'] : undefined;
    return typeof key === 'string' ? stack.assetByKey.get(key) : undefined;
  }

  /** The folder that relative asset paths of the resource's stack start from. */
  directory(resource: Resource): string {
    return this.#stack(resource.stack).directory;
  }

  metadata(resource: Resource): JsonObject {
    const raw = asObject(resourcesOf(this.#stack(resource.stack))[resource.logicalId], resource.id);
    return isObject(raw['Metadata']) ? raw['Metadata'] : {};
  }

  #stack(name: string): StackTemplate {
    const stack = this.#stacks.get(name);
    if (!stack) throw new Error(`no stack named ${name}`);
    return stack;
  }

  #refuseUnknownTypes(stack: StackTemplate): void {
    for (const [logicalId, value] of Object.entries(resourcesOf(stack))) {
      const reason = whyRefused(typeOf(value), propertiesOf(stack, logicalId));
      if (reason === undefined) continue;
      throw new Error(
        `the local cloud does not emulate ${reason} (${logicalId} in stack ${stack.name})`,
      );
    }
  }

  #isPresent(stack: StackTemplate, logicalId: string): boolean {
    const condition = asObject(resourcesOf(stack)[logicalId], logicalId)['Condition'];
    return condition === undefined || this.#condition(stack, asText(condition, 'Condition'));
  }

  #resource(stack: StackTemplate, logicalId: string): Resource {
    const type = typeOf(resourcesOf(stack)[logicalId]);
    const named = this.#named(stack, logicalId);
    const kind = this.#kind(stack, logicalId);
    const names = Object.keys(propertiesOf(stack, logicalId));
    const entries = names.map((name) => [name, named.property(name)] as const);
    return {
      id: `${stack.name}/${logicalId}`,
      stack: stack.name,
      logicalId,
      type,
      region: named.region,
      accountId: named.accountId,
      ref: kind.ref(named),
      arn: kind.attributes['Arn']?.(named) ?? '',
      properties: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
      attribute: (name) => asText(this.#attribute(stack, logicalId, name), `${logicalId}.${name}`),
    };
  }

  #named(stack: StackTemplate, logicalId: string): NamedResource {
    return {
      stack: stack.name,
      logicalId,
      region: stack.region ?? this.#options.region,
      accountId: stack.accountId ?? this.#options.accountId,
      property: (name) => this.property(stack, logicalId, name),
      identity: this.#options.identities.get(`${stack.name}/${logicalId}`),
      addresses: this.#options.addresses,
    };
  }

  #kind(stack: StackTemplate, logicalId: string): ResourceKind {
    const type = typeOf(resourcesOf(stack)[logicalId]);
    const kind = RESOURCE_KINDS[type];
    if (!kind) throw new Error(`no resource ${logicalId} in stack ${stack.name}`);
    return kind;
  }

  #attribute(stack: StackTemplate, logicalId: string, name: string): string {
    const rule = this.#kind(stack, logicalId).attributes[name];
    if (!rule) throw new Error(`${logicalId} in stack ${stack.name} has no attribute ${name}`);
    return rule(this.#named(stack, logicalId));
  }

  #scope(stack: StackTemplate): Scope {
    return {
      ref: (name) => this.#ref(stack, name),
      attribute: (logicalId, name) => this.#attribute(stack, logicalId, name),
      importValue: (name) => this.#import(name),
      stackOutput: (name, output) => this.#output(this.#stack(name), output),
      condition: (name) => this.#condition(stack, name),
      mapping: (name) =>
        asObject(asObject(stack.template['Mappings'], 'Mappings')[name], `mapping ${name}`),
    };
  }

  #ref(stack: StackTemplate, name: string): unknown {
    if (name.startsWith('AWS::')) return this.#pseudoParameter(stack, name);
    if (name in resourcesOf(stack)) return this.#kind(stack, name).ref(this.#named(stack, name));
    const parameters = stack.template['Parameters'];
    const parameter = isObject(parameters) ? parameters[name] : undefined;
    if (!isObject(parameter)) throw new Error(`stack ${stack.name} refers to unknown ${name}`);
    if (asText(parameter['Type'], 'parameter type').startsWith('AWS::SSM::')) {
      throw new Error(`parameter ${name} of stack ${stack.name}: SSM parameters are not emulated`);
    }
    if (parameter['Default'] === undefined) throw new Error(`parameter ${name} has no value`);
    return parameter['Default'];
  }

  #pseudoParameter(stack: StackTemplate, name: string): unknown {
    const region = stack.region ?? this.#options.region;
    const accountId = stack.accountId ?? this.#options.accountId;
    const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stack.name}`;
    const values: Record<string, unknown> = {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack.name,
      'AWS::StackId': `${stackId}/${stableUuid(stack.name)}`,
      'AWS::NoValue': NO_VALUE,
      'AWS::NotificationARNs': [],
    };
    if (!(name in values)) throw new Error(`pseudo parameter ${name} is not emulated`);
    return values[name];
  }

  #condition(stack: StackTemplate, name: string): boolean {
    const conditions = asObject(stack.template['Conditions'] ?? {}, 'Conditions');
    if (!(name in conditions)) throw new Error(`stack ${stack.name} has no condition ${name}`);
    const key = `${stack.name} condition ${name}`;
    return this.#once(key, () => resolveValue(conditions[name], this.#scope(stack))) === true;
  }

  #import(name: string): unknown {
    this.#exports ??= this.#readExports();
    const found = this.#exports.get(name);
    if (!found) throw new Error(`no stack exports ${name}`);
    return this.#once(`export ${name}`, () => resolveValue(found.value, this.#scope(found.stack)));
  }

  #readExports(): ReadonlyMap<string, { stack: StackTemplate; value: unknown }> {
    const found = new Map<string, { stack: StackTemplate; value: unknown }>();
    for (const stack of this.#options.stacks) {
      for (const output of Object.values(outputsOf(stack))) {
        if (!isObject(output) || !isObject(output['Export'])) continue;
        const name = resolveValue(output['Export']['Name'], this.#scope(stack));
        found.set(asText(name, 'export name'), { stack, value: output['Value'] });
      }
    }
    return found;
  }

  #output(stack: StackTemplate, name: string): unknown {
    const output = asObject(outputsOf(stack)[name], `output ${name} of stack ${stack.name}`);
    const key = `${stack.name} output ${name}`;
    return this.#once(key, () => resolveValue(output['Value'], this.#scope(stack)));
  }

  #once(key: string, resolve: () => unknown): unknown {
    if (this.#resolved.has(key)) return this.#resolved.get(key);
    if (this.#resolving.includes(key)) {
      throw new Error(`circular reference: ${[...this.#resolving, key].join(' -> ')}`);
    }
    this.#resolving.push(key);
    try {
      const value = resolve();
      this.#resolved.set(key, value);
      return value;
    } finally {
      this.#resolving.pop();
    }
  }
}
