import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A running fauxqs, an emulator of SQS that shares no code with the local engine. */
export type Fauxqs = {
  readonly url: string;
  /** Only with a start time: moves its clock. */
  setTime(nowMs: number): Promise<void>;
  stop(): Promise<void>;
};

const FILE = new URL('./fauxqs-process.ts', import.meta.url);

/** Starts the emulator on a free port; with `startMs` its time moves only when told to. */
export async function startFauxqs(startMs?: number): Promise<Fauxqs> {
  const child = fork(FILE, {
    env: { ...process.env, ...(startMs !== undefined && { SET_TIME: String(startMs) }) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = numberIn(await answerOf(child), 'port');
  return {
    url: `http://127.0.0.1:${port}`,
    async setTime(nowMs) {
      child.send(nowMs);
      await answerOf(child);
    },
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const gone = new AbortController();
  const died = once(child, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`fauxqs ended with ${String(code)}`);
  });
  try {
    const answered = once(child, 'message', { signal: gone.signal });
    const [message] = await Promise.race([answered, died]);
    return message;
  } finally {
    died.catch(() => {}); // Ends as aborted once there is an answer.
    gone.abort();
  }
}

function numberIn(message: unknown, name: string): number {
  const value =
    typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
  if (typeof value === 'number') return value;
  throw new Error(`fauxqs told no ${name}: ${JSON.stringify(message)}`);
}
