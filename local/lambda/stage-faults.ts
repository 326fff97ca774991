/** Slows a stage down, to see which alarm names it. */
export type Slowness = {
  /** A part of the function's name; every function when absent. */
  function?: string;
  /** Slows the calls of the functions to this service instead of the functions themselves. */
  service?: string;
  /** One operation of the service; all of them when absent. */
  operation?: string;
  ms: number;
};

/** The stage faults in force. They add up. */
export class StageFaults {
  readonly #known: { functions: readonly string[]; services: readonly string[] };
  #rules: Slowness[] = [];

  constructor(known: { functions: readonly string[]; services: readonly string[] }) {
    this.#known = known;
  }

  /** A rule that fits nothing would look like a stage that cannot be slowed down: it is refused. */
  slow(rule: Slowness): void {
    const { functions, services } = this.#known;
    if (rule.operation !== undefined && rule.service === undefined) {
      throw new Error('a slow operation needs its service');
    }
    if (rule.service !== undefined && !services.includes(rule.service)) {
      throw new Error(`no service ${rule.service}; there are ${services.join(', ')}`);
    }
    if (!isNamed(rule, functions)) throw new Error(`no function is named like ${rule.function}`);
    this.#rules.push(rule);
  }

  unslow(): void {
    this.#rules = [];
  }

  ofInvocation(functionName: string): number {
    return this.#sum((rule) => rule.service === undefined && isNamed(rule, [functionName]));
  }

  /** `functionNames` are those that share the calling role; none for an operator's call. */
  ofCall(functionNames: readonly string[], service: string, operation: string): number {
    return this.#sum(
      (rule) =>
        rule.service === service &&
        (rule.operation === undefined || rule.operation === operation) &&
        isNamed(rule, functionNames),
    );
  }

  #sum(applies: (rule: Slowness) => boolean): number {
    if (this.#rules.length === 0) return 0;
    return this.#rules.filter(applies).reduce((total, { ms }) => total + ms, 0);
  }
}

function isNamed(rule: Slowness, names: readonly string[]): boolean {
  const part = rule.function;
  return names.some((name) => part === undefined || name.includes(part));
}
