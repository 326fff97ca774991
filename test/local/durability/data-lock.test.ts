import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockDataDirectory } from '#local/durability/data-lock.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'priliv-lock-'));

describe('the lock of a data folder', () => {
  it('keeps a second process out until it is let go', () => {
    const directory = folder();
    const release = lockDataDirectory(directory);
    expect(() => lockDataDirectory(directory)).toThrow(`in use by process ${process.pid}`);
    release();
    lockDataDirectory(directory)();
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  it('is taken over from a process that is gone, or whose number somebody else has now', () => {
    for (const owner of ['999999999', 'not a number', `${process.pid} 1`]) {
      const directory = folder();
      writeFileSync(join(directory, 'lock'), owner);
      expect(() => lockDataDirectory(directory)()).not.toThrow();
    }
  });

  it('is taken over from a killed process that nobody has reaped', async () => {
    // `sleep` takes the place of the shell and never asks for the end of its child.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 30']);
    const pid = await new Promise<string>((resolve) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()));
    });
    const directory = folder();
    writeFileSync(join(directory, 'lock'), pid);
    await expect.poll(() => tryLock(directory)).toBe('locked');
    parent.kill('SIGKILL');
  });
});

function tryLock(directory: string): string {
  try {
    lockDataDirectory(directory)();
    return 'locked';
  } catch {
    return 'held';
  }
}
