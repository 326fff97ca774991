import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import { isGatewayName } from '#local/acquirers/shops.ts';
import type { SpikeResult } from '#local/acquirers/spike.ts';
import { createProgress } from './lib/progress.ts';
import { spikeIn } from './lib/spike-in-world.ts';
import { startWorld } from './lib/world.ts';

/**
 * `npm run spike -- --gateway all --peak 5 --seconds 60 --json`: an evening spike of signed webhooks
 * against the whole product on this machine, without the page.
 *
 * Exit 1 when a payment was lost or booked twice, or the journal does not balance.
 */
const { values } = parseArgs({
  options: {
    gateway: { type: 'string', default: 'all' },
    rate: { type: 'string', default: '2' },
    peak: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    before: { type: 'string', default: '30' },
    mix: { type: 'string', default: 'mixed' },
    json: { type: 'boolean', default: false },
  },
});

const number = z.coerce.number().positive();
const settings = z
  .object({
    rate: number,
    peak: number,
    seconds: number,
    before: number,
    mix: z.enum(['mixed', 'plain']),
  })
  .parse(values);

function gatewaysOf(names: string): readonly GatewayName[] {
  if (names === 'all') return GATEWAYS;
  return names.split(',').map((name) => {
    if (!isGatewayName(name))
      throw new Error(`there is no gateway ${name}; there are ${GATEWAYS.join(', ')}`);
    return name;
  });
}

const progress = createProgress();
const dataDir = mkdtempSync(join(tmpdir(), 'priliv-spike-'));
const world = await startWorld({ dataDir, say: (text) => progress.step(text) });
try {
  const result = await spikeIn(world, {
    gateways: gatewaysOf(values.gateway),
    basePerSecond: settings.rate,
    peak: settings.peak,
    secondsBefore: settings.before,
    secondsPeak: settings.seconds,
    mix: settings.mix,
    onProgress: ({ phase, done, total }) => progress.count(phase, done, total),
  });
  progress.end();
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : summaryOf(result));
  const isWhole = result.lost === 0 && result.doubled === 0 && result.journal.balanced;
  process.exitCode = isWhole ? 0 : 1;
} finally {
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function summaryOf(result: SpikeResult): string {
  const { rate, sent, acknowledged, paid, lost, doubled, unmatched, endToEnd, journal } = result;
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${Math.round(value)} ms`);
  return [
    `${rate.base.toFixed(1)}/s, then ${rate.peak.toFixed(1)}/s`,
    `${sent} notifications sent, ${acknowledged} acknowledged; ${paid} payments paid, ${lost} lost, ${doubled} doubled, ${unmatched} unmatched`,
    `from report to open access: p95 ${ms(endToEnd.before?.p95)} before, ${ms(endToEnd.peak?.p95)} in the peak (ratio ${endToEnd.ratioP95?.toFixed(2) ?? '–'})`,
    `journal ${journal.balanced ? 'whole' : 'BROKEN'}, ${journal.entries} entries`,
    '',
  ].join('\n');
}
