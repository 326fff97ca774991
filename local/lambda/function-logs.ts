import { appendFile, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type LogLine = { atMs: number; requestId: string | undefined; text: string };

const MAX_LINES = 2_000;

/** The last lines that each function printed, and all of them in files when a folder is given. */
export class FunctionLogs {
  readonly #lines = new Map<string, LogLine[]>();
  readonly #directory: string | undefined;

  constructor(directory?: string) {
    this.#directory = directory;
    if (directory !== undefined) mkdirSync(directory, { recursive: true });
  }

  add(functionName: string, line: LogLine): void {
    const lines = this.#lines.get(functionName) ?? [];
    this.#lines.set(functionName, lines);
    lines.push(line);
    // Cut in blocks: shifting a full array on every line would cost more than the line.
    if (lines.length > MAX_LINES * 2) lines.splice(0, lines.length - MAX_LINES);
    if (this.#directory === undefined) return;
    // A log that cannot be written must not stop a payment.
    appendFile(join(this.#directory, `${functionName}.log`), `${line.text}\n`, () => {});
  }

  of(functionName: string): readonly LogLine[] {
    return (this.#lines.get(functionName) ?? []).slice(-MAX_LINES);
  }
}
