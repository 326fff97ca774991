import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GATEWAYS } from '#local/acquirers/payment.ts';
import { openBrowser, type ViewOptions } from './chromium.ts';
import { type ConsoleWorld, startConsoleWorld } from './console-world.ts';

let world: ConsoleWorld;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = await startConsoleWorld();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => world.stop());

/** Opens the page, and fails the test when anything of it fails. */
async function open(options: ViewOptions = {}, hash = ''): Promise<Page> {
  const { context, close } = await openBrowser({ locale: 'en-US', ...options });
  const page = context.pages()[0] ?? (await context.newPage());
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(world.url) && !request.url().startsWith('data:')) {
      failures.push(`the page asks ${request.url()}`);
    }
  });
  closers.push(async () => {
    await close();
    expect(failures).toEqual([]);
  });
  await page.goto(`${world.url}/${hash}`);
  await page.locator('.stages').waitFor();
  return page;
}

/** A script that runs in the page; it is read as text, because the types here are those of Node. */
function inPage(name: string): string {
  return readFileSync(resolve(import.meta.dirname, 'in-page', `${name}.js`), 'utf8');
}

const stage = (page: Page, name: string) => page.locator(`[data-stage="${name}"]`);

describe('the page', () => {
  it('shows each stage with its percentiles, volume and budget', async () => {
    world.measure('StageSettleMs', 'sber', 184);
    world.measure('StageSettleMs', 'stripe', 950);
    const page = await open();
    expect(await page.locator('[data-stage]').count()).toBe(7);
    const settle = stage(page, 'settle');
    await settle.getByText('950 ms').first().waitFor();
    expect(await settle.textContent()).toMatch(
      /Settle.*950\sms.*p50184\sms.*p99950\sms.*a minute2/,
    );
    expect(await settle.getAttribute('class')).toContain('is-over');
  });

  it('follows without reloading', async () => {
    const page = await open();
    world.setQueue({ visible: 41, oldestAgeMs: 65_000 });
    await page.locator('[data-tile="waiting"] .figure', { hasText: '41' }).waitFor();
    world.setQueue({ visible: 7, oldestAgeMs: 1000 });
    await page.locator('[data-tile="waiting"] .figure', { hasText: '7' }).waitFor();
  });

  it('shows one gateway alone, from the table or from the list', async () => {
    world.measure('StagePublishMs', 'paypal', 77);
    world.measure('StagePublishMs', 'adyen', 333);
    const page = await open();
    await stage(page, 'publish').getByText('333 ms').first().waitFor();
    await page.getByRole('button', { name: 'PayPal', exact: true }).click();
    await stage(page, 'publish').locator('.figure', { hasText: '77 ms' }).waitFor();
    await page.getByRole('combobox', { name: 'Gateway' }).selectOption('Adyen');
    await stage(page, 'publish').locator('.figure', { hasText: '333 ms' }).waitFor();
  });

  it('shows a firing alarm, the stage that it names and what payers lose', async () => {
    await world.alarm('priliv-dev-Stage-queue-Slow', 'ALARM');
    const page = await open();
    const alarms = page.getByRole('region', { name: 'Alarms' });
    await alarms.getByText('names the stage “Queue”').waitFor();
    expect(await alarms.textContent()).toContain('Payments wait in the queue before settlement.');
    expect(await stage(page, 'queue').getAttribute('class')).toContain('is-accused');
    await world.alarm('priliv-dev-Stage-queue-Slow', 'OK');
    await alarms.getByText(/All \d+ are quiet/).waitFor();
    await alarms.getByText('quiet again').first().waitFor();
  });

  it('shows the latest invoices with their state, and the inbox', async () => {
    const page = await open();
    const invoices = page.getByRole('region', { name: 'Latest invoices' });
    await invoices.getByText('₽4,900.00').waitFor();
    expect(await invoices.locator('[data-status="paid"]').textContent()).toContain('paid');
    expect(await invoices.locator('[data-status="open"]').textContent()).toContain('open');
    const inbox = page.getByRole('region', { name: 'Money-in inbox' });
    expect(await inbox.textContent()).toMatch(/₽1,234\.00.*Sber.*names an invoice that does not/);
  });

  it('says when nothing comes any more', async () => {
    const page = await open();
    await page.getByRole('status').getByText('Live').waitFor();
    world.breakDown(true);
    await page
      .getByRole('status')
      .getByText(/No news for \d+ s/)
      .waitFor();
    world.breakDown(false);
    await page.getByRole('status').getByText('Live').waitFor();
  });
});

describe('the buttons', () => {
  it('raise a peak of five and of twenty times, and end it', async () => {
    const page = await open();
    await page.getByRole('button', { name: '20× peak' }).click();
    await page.getByText(/^20× peak, \d+ s left/).waitFor();
    await page.getByRole('button', { name: '5× peak' }).click();
    await page.getByText(/^5× peak, \d+ s left/).waitFor();
    await page.getByRole('button', { name: 'Usual' }).click();
    await page.getByText(/^Usual evening/).waitFor();
  });

  it('slow a stage by three seconds and let it go, also by keyboard', async () => {
    const page = await open();
    await page.getByRole('button', { name: /^Slow the stage “Settle” by 3 seconds/ }).focus();
    await page.keyboard.press('Enter');
    const letGo = page.getByRole('button', { name: 'Let go of the stage “Settle”' });
    await letGo.waitFor();
    expect(world.rules()).toEqual([expect.objectContaining({ service: 'dynamodb', ms: 3000 })]);
    await letGo.click();
    await page.getByRole('button', { name: /^Slow the stage “Settle”/ }).waitFor();
    expect(world.rules()).toEqual([]);
  });

  it('cut a gateway off and bring it back', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Cut Stripe off, both ways' }).click();
    const back = page.getByRole('button', { name: 'Bring Stripe back' });
    await back.waitFor();
    expect(world.outages()).toEqual(['stripe']);
    await back.click();
    await page.getByRole('button', { name: 'Cut Stripe off, both ways' }).waitFor();
    expect(world.outages()).toEqual([]);
  });

  it('make one payment, through an invoice of the operator API', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Pay one invoice now' }).click();
    await page.getByText(/A payer pays invoice evening_/).waitFor();
    expect(world.paid()).toHaveLength(1);
    expect(world.created()).toContain(world.paid()[0]);
  });
});

describe('reading the page', () => {
  it('is possible in Russian, by the browser’s wish and by the switch, which the address keeps', async () => {
    const page = await open({ locale: 'ru-RU' });
    await page.getByRole('heading', { name: 'Путь платежа' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('ru');
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Flow of a payment' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Flow of a payment' }).waitFor();
    expect(page.url()).toMatch(/#en$/);
  });

  it.each([
    ['a phone', 360],
    ['a tablet', 800],
    ['a desk', 1440],
  ])('needs no sideways scrolling on %s', async (_where, width) => {
    for (const locale of ['ru-RU', 'en-US']) {
      const page = await open({ locale, viewport: { width, height: 800 } });
      const overhang = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overhang, locale).toBeLessThanOrEqual(0);
    }
  });

  it('has a name for every control and a row for every gateway', async () => {
    const page = await open();
    const nameless = await page.evaluate(inPage('nameless-controls'));
    expect(nameless).toEqual([]);
    expect(await page.locator('tr[data-gateway]').count()).toBe(GATEWAYS.length);
  });

  it('does not move for those who asked for rest', async () => {
    const page = await open({ reducedMotion: 'reduce' });
    const moving = await page.evaluate<number>(
      "document.getAnimations().filter(({ playState }) => playState === 'running').length",
    );
    expect(moving).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in %s colours', async (colorScheme) => {
    await world.alarm('priliv-dev-Stage-queue-Slow', 'ALARM');
    const page = await open({ colorScheme });
    await page.locator('.alarm').first().waitFor();
    const faint = await page.evaluate(inPage('faint-texts'));
    await world.alarm('priliv-dev-Stage-queue-Slow', 'OK');
    expect(faint).toEqual([]);
  });
});

describe('the page’s server', () => {
  it('gives no token to the browser', async () => {
    const page = await open();
    const paths = ['/', '/app.js', '/app.css'];
    const answers = await Promise.all(paths.map((path) => fetch(`${world.url}${path}`)));
    const parts = await Promise.all(answers.map((answer) => answer.text()));
    expect(parts.join('').length).toBeGreaterThan(10_000);
    expect(`${parts.join('')}${await page.content()}`).not.toContain('secret-token');
  });

  it('takes no action from another origin', async () => {
    const response = await fetch(`${world.url}/actions/outage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://evil.example' },
      body: JSON.stringify({ gateway: 'sber', isOut: true }),
    });
    expect(response.status).toBe(403);
    expect(world.outages()).toEqual([]);
  });

  it('refuses an action that does not exist', async () => {
    const ask = (name: string, body: string) =>
      fetch(`${world.url}/actions/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    expect((await ask('stop', '{}')).status).toBe(400);
    expect((await ask('peak', 'no JSON')).status).toBe(400);
    expect((await ask('slow', '{"stage":"reported"}')).status).toBe(409);
  });
});
