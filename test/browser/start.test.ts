import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './chromium.ts';

let start: ChildProcess;
let dataDir: string;
let page: Page;
let closeBrowser: () => Promise<void>;

/** Starts what `npm start` starts, on free ports, and gives the address of the page that it prints. */
function startPriliv(): Promise<string> {
  dataDir = mkdtempSync(join(tmpdir(), 'priliv-start-'));
  const free = ['--port', '0', '--console', '0', '--acquirers', '0', '--data', dataDir];
  start = spawn(process.execPath, ['scripts/start.ts', ...free], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let printed = '';
    start.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      const url = /Page\s+(http:\S+)/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    start.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
  });
}

beforeAll(async () => {
  const url = await startPriliv();
  const browser = await openBrowser({ viewport: { width: 1360, height: 900 }, locale: 'en-GB' });
  closeBrowser = browser.close;
  page = await browser.context.newPage();
  await page.goto(url);
});

afterAll(async () => {
  await closeBrowser?.();
  start?.kill('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  it('shows payments of several gateways becoming paid without reloading', async () => {
    const paid = page
      .getByRole('region', { name: 'Latest invoices' })
      .locator('[data-status="paid"]');
    await expect.poll(() => paid.count(), { timeout: 45_000 }).toBeGreaterThan(3);
  });

  it('rings an alarm that names the stage which is slowed down on purpose', {
    timeout: 120_000,
  }, async () => {
    const settle = page.getByRole('button', { name: /slow.*settle/i });
    await settle.click();
    await page.getByText('Stage-settle-Slow').first().waitFor({ timeout: 100_000 });
    expect(await page.getByText(/names the stage .Settle/).count()).toBeGreaterThan(0);
  });
});
