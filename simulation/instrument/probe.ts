/** Stands at a place where something waits; the runtime's `boundary` is one. */
export type Boundary = <T>(name: string, run: () => Promise<T>) => Promise<T>;

type Ended<T> = { readonly value: T } | { readonly error: unknown };

let boundary: Boundary | undefined;

/** From now on all probes ask this one. */
export function standAt(next: Boundary): void {
  boundary = next;
}

/** Called by rewritten sources. Waiting ends with an error as well as with a value: both may never be told. */
export async function at<T>(name: string, run: () => Promise<T>): Promise<T> {
  if (!boundary) return run();
  const ended = await boundary(name, () => endOf(run));
  if ('error' in ended) throw ended.error;
  return ended.value;
}

async function endOf<T>(run: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

/** Called by rewritten sources around what `for await` walks along: each step is waited for. */
export async function* each<T>(
  name: string,
  open: () => AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<Awaited<T>> {
  const iterable = open();
  const iterator =
    Symbol.asyncIterator in iterable
      ? iterable[Symbol.asyncIterator]()
      : iterable[Symbol.iterator]();
  let isDone = false;
  try {
    while (true) {
      const step = await at(name, async () => iterator.next());
      isDone = step.done === true;
      if (step.done) return;
      yield await step.value;
    }
  } finally {
    if (!isDone) await iterator.return?.();
  }
}
