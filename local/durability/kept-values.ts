import type { Host, Json } from '#local/kernel/service.ts';

/**
 * Small facts of the runtime itself that must survive a restart: stream positions, accepted
 * asynchronous invocations, identities that engines gave to resources.
 */
export class KeptValues {
  readonly #values = new Map<string, Json>();
  readonly #persist: Host['persist'];

  constructor(host: Pick<Host, 'persist'>) {
    this.#persist = host.persist;
  }

  get(key: string): Json | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Json): void {
    this.#values.set(key, value);
    this.#persist(KEPT_VALUES, { key, value });
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#persist(KEPT_VALUES, { key });
  }

  /** All values whose key starts so, in the order in which they were first set. */
  startingWith(prefix: string): [string, Json][] {
    return [...this.#values].filter(([key]) => key.startsWith(prefix));
  }

  restore({ key, value }: Json): void {
    if (typeof key !== 'string') throw new Error('a kept value has no key');
    if (typeof value === 'object' && value !== null) this.#values.set(key, { ...value });
    else this.#values.delete(key);
  }

  *snapshot(): Iterable<Json> {
    for (const [key, value] of this.#values) yield { key, value };
  }
}

/** The name under which these values stand in the journal. */
export const KEPT_VALUES = 'runtime';
