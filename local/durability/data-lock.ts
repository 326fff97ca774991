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
    const owner = Number(readFileSync(path, 'utf8'));
    if (isRunning(owner)) break;
    rmSync(path, { force: true });
  }
  throw new Error(`${directory} is in use by process ${readFileSync(path, 'utf8')}`);
}

function tryCreate(path: string): boolean {
  try {
    const fd = openSync(path, 'wx');
    writeSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') return false;
    throw error;
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
