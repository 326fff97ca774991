import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes sure that one process at a time uses a data folder: two would interleave their journals.
 * A lock whose process is gone (it was killed) is taken over.
 */
export function lockDataDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (tryCreate(path)) return () => rmSync(path, { force: true });
    if (isHeld(readFileSync(path, 'utf8'))) break;
    rmSync(path, { force: true });
  }
  const [owner] = readFileSync(path, 'utf8').split(' ');
  throw new Error(`${directory} is in use by process ${owner}`);
}

function tryCreate(path: string): boolean {
  try {
    const fd = openSync(path, 'wx');
    writeSync(fd, `${process.pid} ${lifeOf(process.pid)?.startedAt ?? ''}`);
    closeSync(fd);
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') return false;
    throw error;
  }
}

/** A killed process may stand in the table until it is reaped, and its number may be given again. */
function isHeld(lock: string): boolean {
  const [text = '', startedAt] = lock.split(' ');
  const pid = Number(text);
  if (!isRunning(pid)) return false;
  const life = lifeOf(pid);
  if (!life) return true;
  const isOther = startedAt !== undefined && startedAt !== '' && startedAt !== life.startedAt;
  return life.state !== 'Z' && !isOther;
}

/** State and start of a process where the system tells them (Linux); see proc(5), `stat`. */
function lifeOf(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the fields after it do not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM';
  }
}
