import type { Sequence } from './sequence.ts';

/** Whether a sequence still shows what is being looked for. */
type Fails = (sequence: Sequence) => Promise<boolean>;

/**
 * The shortest sequence that still fails, found by leaving steps out: first large blocks of them,
 * then smaller ones, until no single step can be spared.
 */
export async function shrunk(sequence: Sequence, fails: Fails): Promise<Sequence> {
  let current = sequence;
  let size = Math.ceil(current.steps.length / 2);
  while (size >= 1) {
    const next = await withoutBlock(current, size, fails);
    if (next) current = next;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
    size = Math.min(size, current.steps.length);
  }
  return current;
}

async function withoutBlock(
  sequence: Sequence,
  size: number,
  fails: Fails,
): Promise<Sequence | undefined> {
  // From the end: the last steps are the likeliest to be in vain.
  for (let from = sequence.steps.length - size; from > -size; from -= size) {
    const start = Math.max(0, from);
    const steps = sequence.steps.toSpliced(start, from + size - start);
    const candidate = { ...sequence, steps };
    if (await fails(candidate)) return candidate;
  }
  return undefined;
}
