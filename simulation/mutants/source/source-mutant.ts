/** A bug that is written into a source file when it is loaded. */
export type SourceMutant = {
  readonly name: string;
  /** What the programmer did wrong. */
  readonly bug: string;
  /** Relative to the root. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
};

/** Plants the bug. A text that is not there, or twice, is a stale mutant: it would pass for caught or survive for nothing. */
export function plant({ name, file, find, replace }: SourceMutant, source: string): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`mutant ${name}: ${file} has its text ${times} times, not once`);
  return source.replace(find, () => replace);
}
