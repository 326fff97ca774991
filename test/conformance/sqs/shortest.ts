/** Leaves out of a failing sequence whatever it fails without. */
export async function shortest<T>(
  sequence: readonly T[],
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let present = sequence;
  for (let size = Math.ceil(sequence.length / 2); size >= 1; ) {
    const shorter = await withoutOnePart(present, size, fails);
    if (shorter) present = shorter;
    else if (size === 1) break;
    else size = Math.ceil(size / 2);
  }
  return present;
}

async function withoutOnePart<T>(
  sequence: readonly T[],
  size: number,
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | undefined> {
  // From the end: what comes after the failing operation goes first.
  for (let at = sequence.length - size; at > -size; at -= size) {
    const from = Math.max(0, at);
    const candidate = [...sequence.slice(0, from), ...sequence.slice(at + size)];
    if (candidate.length > 0 && (await fails(candidate))) return candidate;
  }
  return undefined;
}
