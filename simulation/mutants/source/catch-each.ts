import { fork } from 'node:child_process';
import { join } from 'node:path';

/** What became of a bug that was planted into a source file. */
export type SourceCatch = {
  readonly name: string;
  /** Whether the file with the bug was loaded at all. */
  readonly isPlanted: boolean;
  /** The first seed that it did not survive, and what was seen. */
  readonly seed?: number;
  readonly problem?: string;
};

/** Plants each bug into a copy of the product and looks for the first seed that catches it, in a process of its own. */
export function catchEach(
  names: readonly string[],
  seedsMax: number,
  tell: (found: SourceCatch) => void = () => {},
): Promise<SourceCatch[]> {
  const child = fork(join(import.meta.dirname, 'inside.ts'), [String(seedsMax), ...names], {
    execArgv: [],
  });
  const found: SourceCatch[] = [];
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      // It comes from `inside.ts`.
      const one = message as SourceCatch;
      found.push(one);
      tell(one);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(found);
      else reject(new Error(`the mutants' process ended with code ${code}`));
    });
  });
}
