import { checkBoundaries } from './lib/boundaries.ts';

/** `npm run boundaries`: who may import whom, as `.dependency-cruiser.mjs` says. */
const { modules, violations } = await checkBoundaries([
  'shared',
  'functions',
  'infra',
  'local',
  'scripts',
  'simulation',
]);
for (const { rule, from, to } of violations) process.stderr.write(`${rule}: ${from} → ${to}\n`);
process.stdout.write(`${modules} modules, ${violations.length} violations\n`);
// A checker that looked at nothing must not report success.
process.exitCode = violations.length === 0 && modules > 100 ? 0 : 1;
