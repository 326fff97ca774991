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
  #rules: Slowness[] = [];

  slow(rule: Slowness): void {
    if (rule.operation !== undefined && rule.service === undefined) {
      throw new Error('a slow operation needs its service');
    }
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
