import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pool } from '../../simulation/product/instances.ts';

const SPLIT = [
  'functions/access/update-access',
  'functions/ledger/publish-events',
  'functions/ledger/seal-journal',
  'functions/ledger/watch-ledger',
  'functions/operator-api/handle-request',
  'functions/payments/file-dead-letters',
  'functions/payments/settle-payments',
  'functions/webhooks/receive-webhook',
];

describe('a function of the payment path', () => {
  it('is made by a create-handler.ts, which the simulator runs as well if a message brings it', () => {
    expect(globSync('functions/*/*/create-handler.ts').sort()).toEqual(
      SPLIT.map((folder) => `${folder}/create-handler.ts`),
    );
    for (const folder of SPLIT) {
      expect(readFileSync(`${folder}/handler.ts`, 'utf8')).toMatch(
        /export const handler = createHandler\(\{/,
      );
      if (folder === 'functions/ledger/watch-ledger') continue; // Of a schedule the simulator runs the use case.
      const users = globSync('simulation/**/*.ts').filter((file) =>
        readFileSync(file, 'utf8').includes(`#${folder}/create-handler.ts`),
      );
      expect(users, folder).not.toEqual([]);
    }
  });

  it('takes everything that a simulation must rule from its caller', () => {
    for (const folder of SPLIT) {
      const source = readFileSync(`${folder}/create-handler.ts`, 'utf8');
      expect(source, folder).not.toMatch(
        /process\.|Date\.|Math\.random|new \w+Client\(|systemClock|setTimeout/,
      );
    }
  });
});

describe('instances of a function', () => {
  it('stay warm after an answer or an error, and are gone after a crash', async () => {
    let made = 0;
    const run = pool(() => {
      const instance = ++made;
      return async (what: 'answer' | 'fail' | 'crash') => {
        if (what === 'fail') throw new Error('failed');
        if (what === 'crash') await new Promise(() => {});
        return instance;
      };
    });
    expect(await run('answer')).toBe(1);
    await expect(run('fail')).rejects.toThrow('failed');
    expect(await run('answer')).toBe(1);
    void run('crash');
    expect(await run('answer')).toBe(2);
    expect(await Promise.all([run('answer'), run('answer')])).toEqual([2, 3]);
  });
});
