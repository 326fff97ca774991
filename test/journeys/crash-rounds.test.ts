import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CrashOptions, runCrashRounds } from '../../scripts/lib/crash-rounds.ts';
import { isClean } from '../../scripts/lib/crash-verdict.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'priliv-crash-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

const run = (options: Partial<CrashOptions>) =>
  runCrashRounds({
    dataDir,
    rounds: 5,
    seed: 11,
    perSecond: 8,
    maxEnvironments: 1,
    deadlineMs: 60_000,
    ...options,
  });

/** Where a payment was queued, by line of the journal. */
function queuedLines(lines: readonly string[]): number[] {
  return lines.flatMap((line, at) =>
    line.startsWith('{"s":"sqs"') &&
    line.includes('payments.settle-payment.v1') &&
    line.includes('"sent"')
      ? [at]
      : [],
  );
}

describe('a cloud that is killed again and again in a spike', () => {
  it('has every acknowledged payment once, its invoice paid and access open', {
    timeout: 240_000,
  }, async () => {
    const report = await run({});
    const { lost, doubled, wrongAccess, invented, ledgerFaults, deadLetters, unsealed } = report;
    expect({ lost, doubled, wrongAccess, invented, ledgerFaults, deadLetters, unsealed }).toEqual({
      lost: [],
      doubled: [],
      wrongAccess: [],
      invented: [],
      ledgerFaults: [],
      deadLetters: 0,
      unsealed: 0,
    });
    expect(report.kills).toBeGreaterThanOrEqual(5);
    expect(report.payments).toBeGreaterThan(0);
    expect(report.settled).toBeGreaterThan(0);
  });

  // Goal: the check above can fail. Method: a disk that loses its last writes, from an acknowledged message on.
  it('would show a loss of what was acknowledged', { timeout: 240_000 }, async () => {
    let isPlanted = false;
    const report = await run({
      rounds: 4,
      mix: { plain: 1 },
      deadlineMs: 3_000,
      betweenRounds() {
        const path = join(dataDir, 'journal.jsonl');
        const lines = readFileSync(path, 'utf8').split('\n');
        const queued = queuedLines(lines);
        const cut = queued.at(-3);
        if (isPlanted || cut === undefined) return;
        isPlanted = true;
        writeFileSync(path, `${lines.slice(0, cut).join('\n')}\n`);
      },
    });
    expect(isPlanted).toBe(true);
    expect(isClean(report)).toBe(false);
    expect(report.lost.length).toBeGreaterThan(0);
  });
});
