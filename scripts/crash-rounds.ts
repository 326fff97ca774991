import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ensureAssembly } from './lib/assembly.ts';
import type { Kill } from './lib/crash-plan.ts';
import { type CrashReport, type RoundReport, runCrashRounds } from './lib/crash-rounds.ts';
import { isClean } from './lib/crash-verdict.ts';

/**
 * `npm run crash -- --rounds 100 --seed 7`: kills the local cloud with SIGKILL at random moments of
 * a spike through all gateways, again and again, and then looks for what is lost or doubled.
 *
 * Exit 1 when anything is. The data folder then stays for who looks into it.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '10' },
    deadline: { type: 'string', default: '60' },
    environments: { type: 'string', default: '2' },
  },
});
const number = z.coerce.number().positive();
const { rounds, seed, rate, deadline, environments } = z
  .object({
    rounds: number.int(),
    seed: z.coerce.number().int(),
    rate: number,
    deadline: number,
    environments: number.int(),
  })
  .parse(values);

const SHOWN = 20;
const say = (text: string) => process.stdout.write(`${text}\n`);

await ensureAssembly(say);
const dataDir = mkdtempSync(join(tmpdir(), 'priliv-crash-'));
const report = await runCrashRounds({
  dataDir,
  rounds,
  seed,
  perSecond: rate,
  deadlineMs: deadline * 1000,
  maxEnvironments: environments,
  onRound: (round) => say(roundText(round)),
});
say(reportText(report));
if (isClean(report)) rmSync(dataDir, { recursive: true, force: true });
else {
  say(`The data is left in ${dataDir}; repeat with --seed ${seed}`);
  process.exitCode = 1;
}

function roundText({ round, kill, startMs, acknowledged }: RoundReport): string {
  const start = startMs === undefined ? '' : `up after ${Math.round(startMs)} ms, `;
  return `round ${String(round).padStart(3)}: ${start}${acknowledged} acknowledged, killed ${killText(kill)}`;
}

function killText(kill: Kill): string {
  const inStart = (share: number) => `${Math.round(share * 100)} % into its start`;
  if (kill.when === 'during start-up') return inStart(kill.share);
  const first = `${Math.round(kill.thenMs)} ms after the ${kill.acknowledged}th`;
  return kill.when === 'twice' ? `${first} and again ${inStart(kill.share)}` : first;
}

function reportText(report: CrashReport): string {
  const { restarts, deliveries, lost, doubled, wrongAccess, invented, ledgerFaults } = report;
  const ms = (value: number | undefined) => Math.round(value ?? 0);
  const findings = [
    ...lost.map((one) => `LOST     ${JSON.stringify(one)}`),
    ...doubled.map((one) => `DOUBLED  ${JSON.stringify(one)}`),
    ...wrongAccess.map((one) => `ACCESS   ${one}`),
    ...invented.map((one) => `INVENTED ${one}`),
    ...ledgerFaults.map((one) => `LEDGER   ${one}`),
  ];
  return [
    '',
    `${report.rounds} rounds, ${report.kills} kills in ${report.seconds.toFixed(0)} s; up again in ${ms(restarts?.p50)} ms (p50), ${ms(restarts?.p95)} ms (p95)`,
    `${deliveries.sent} notifications in ${deliveries.attempts} tries, ${deliveries.acknowledged} acknowledged`,
    `${report.payments} payments: ${report.settled} as the gateway has them, ${lost.length} lost, ${doubled.length} doubled, ${report.givenUp} given up by the gateway, ${report.deadLetters} dead letters`,
    `access wrong on ${wrongAccess.length} invoices, ${invented.length} payments nobody made, ${ledgerFaults.length} faults in the ledger, ${report.unsealed} versions not sealed`,
    ...findings.slice(0, SHOWN),
    ...deliveries.givenUp.slice(0, SHOWN).map((one) => `given up ${one}`),
  ].join('\n');
}
