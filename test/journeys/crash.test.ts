import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Acquirers, startAcquirers } from '#local/acquirers/server.ts';
import { eventually } from '#test/support/local-world.ts';
import { createOperatorClient } from '../../scripts/lib/operator-client.ts';
import { seedSecrets, verify } from '../../scripts/lib/world.ts';

const told = z.object({
  endpoint: z.string(),
  webhooksUrl: z.string(),
  operatorApiUrl: z.string(),
  token: z.string(),
  tables: z.object({ ledger: z.string(), journal: z.string() }),
});
const invoiceView = z.object({ status: z.string(), paid: z.string(), total: z.string() });

const GATEWAYS = ['tbank', 'yookassa', 'stripe', 'robokassa'] as const;
const PAYMENTS = 60;
const AMOUNT = 123_400n;

let dataDir: string;
let port: number;
let child: ChildProcess;
let acquirers: Acquirers;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'priliv-crash-'));
  port = await freePort();
});

afterAll(async () => {
  child?.kill('SIGKILL');
  await acquirers?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}

/** Starts the cloud process and waits until it says where it is. */
async function start() {
  child = spawn(process.execPath, ['test/support/cloud-process.ts', dataDir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`the cloud ended with ${code}`)));
  });
  return told.parse(JSON.parse(line));
}

/** No warning, no cleaning up: as when the power of a container is cut. */
function kill(): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

describe('a cloud that is killed in the middle of a spike', () => {
  it('has every acknowledged payment paid once after it started again', {
    timeout: 180_000,
  }, async () => {
    let cloud = await start();
    acquirers = await startAcquirers({
      webhooksBaseUrl: cloud.webhooksUrl,
      seller: 'school',
      timeScale: 1 / 120,
      random: Math.random,
    });
    await seedSecrets(cloud.endpoint, acquirers);
    const operator = createOperatorClient(cloud.operatorApiUrl, async () => cloud.token);
    for (let i = 0; i < PAYMENTS; i++) {
      const { status } = await operator.post('/v1/invoices', {
        seller: 'school',
        id: `crash_${i}`,
        payerId: `payer_0000${1000 + i}`,
        currency: 'RUB',
        lines: [{ title: 'Course', amount: String(AMOUNT), vat: '22' }],
      });
      expect(status).toBe(201);
    }

    for (let i = 0; i < PAYMENTS; i++) {
      const gateway = GATEWAYS[i % GATEWAYS.length]!;
      await acquirers.pay({
        gateway,
        scenario: 'duplicates',
        invoiceId: `crash_${i}`,
        payerId: `payer_0000${1000 + i}`,
        amountMinor: AMOUNT,
        currency: 'RUB',
      });
      // Twice, while messages are in the queue, in functions and in the stream.
      if (i === 20 || i === 40) {
        await kill();
        cloud = await start();
      }
    }

    await acquirers.drained();
    // A gateway whose retries ended while the cloud was away has given up: that is its own to say.
    const acknowledged = new Set(
      acquirers
        .deliveries()
        .filter(({ state }) => state === 'acknowledged')
        .map(({ invoiceId }) => invoiceId),
    );
    expect(acknowledged.size).toBeGreaterThan(PAYMENTS / 2);
    for (const id of acknowledged) {
      const invoice = await eventually(async () => {
        const { body } = await operator.get(`/v1/invoices/school/${id}`);
        const seen = invoiceView.parse(body);
        return seen.status === 'open' ? undefined : seen;
      });
      expect(invoice).toMatchObject({ status: 'paid', paid: String(AMOUNT) });
    }
    const verification = await eventually(async () => {
      const seen = await verify(cloud.endpoint, cloud.tables);
      return seen.unsealed > 0 ? undefined : seen;
    });
    expect(verification.faults).toEqual([]);
    expect(verification.payments).toBeGreaterThanOrEqual(acknowledged.size);
    operator.close();
  });
});
