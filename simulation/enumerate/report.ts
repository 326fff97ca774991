import { enumerateCrashes } from '../enumerate.ts';
import { type AwaitEnumeration, enumerateAwaits } from './awaits.ts';
import { BATCH_SIZE, type BatchEnd, enumerateBatches, SUBSETS } from './batches.ts';
import { crashPairs } from './pairs.ts';
import { storiesOfKinds } from './stories.ts';
import { accountFor } from './unreached.ts';

type Say = (line: string) => void;

const COLUMN = 6;

/** Crashes everything that can be crashed once, prints it as a table, and says whether all came to the same end. */
export async function sayEnumeration(say: Say): Promise<boolean> {
  const areCallsSafe = await sayCalls(say);
  const found = await enumerateAwaits('each_time');
  return sayAwaits(found, say) && areCallsSafe;
}

async function sayCalls(say: Say): Promise<boolean> {
  const { points, awaits } = await enumerateCrashes();
  say('calls that leave a function, and how often they were made');
  for (const [name, count] of [...awaits].sort()) say(`${String(count).padStart(COLUMN)}  ${name}`);
  const bad = points.filter((point) => !point.isSameEnd || !point.hasCrashed || point.problems[0]);
  for (const { key, when, problems } of bad) say(`DIFFERS  ${when} ${key}: ${problems[0] ?? ''}`);
  say(`${points.length} crashes, ${points.length - bad.length} with the same end\n`);
  return bad.length === 0;
}

function sayAwaits(found: AwaitEnumeration, say: Say): boolean {
  const { sites, files, crashes, met, broken } = found;
  const { unexplained, explained, stale } = accountFor(sites, met);
  say('awaits of the sources: how often they were met, crashes, where');
  const times = Map.groupBy(crashes, ({ name }) => name);
  for (const { name, text } of sites) {
    const counts = [met[name] ?? 0, times.get(name)?.length ?? 0];
    if (met[name])
      say(`${counts.map((one) => String(one).padStart(COLUMN)).join('')}  ${name}  ${text}`);
  }
  const bad = crashes.filter((one) => !one.isSameEnd || !one.hasCrashed || one.problems[0]);
  for (const { story, key, when, problems } of bad)
    say(`DIFFERS  ${story}: ${when} ${key}: ${problems[0] ?? ''}`);
  for (const problem of broken) say(`BROKEN WITHOUT A CRASH  ${problem}`);
  for (const { name, because } of explained) say(`never met: ${name} (${because})`);
  for (const { name, text } of unexplained) say(`NEVER MET, NOT EXPLAINED  ${name}  ${text}`);
  for (const { file, text = '' } of stale) say(`EXPLAINED, BUT MET OR GONE  ${file} ${text}`);
  say(
    `${sites.length} awaits in ${files.length} files: ${sites.length - explained.length - unexplained.length} met, ${explained.length} explained, ${unexplained.length} neither`,
  );
  say(`${crashes.length} crashes, ${crashes.length - bad.length} with the same end\n`);
  return [bad, broken, unexplained, stale].every((list) => list.length === 0);
}

/** Two crashes of the same work, for a story of each kind. */
export async function sayPairs(say: Say): Promise<boolean> {
  let all = 0;
  let same = 0;
  for (const told of storiesOfKinds()) {
    const pairs = await crashPairs(told);
    const bad = pairs.filter((pair) => !pair.isSameEnd || !pair.hasCrashed || pair.problems[0]);
    for (const { first, second, problems } of bad)
      say(
        `DIFFERS  ${first.when} ${first.key}, ${second.when} ${second.key}: ${problems[0] ?? ''}`,
      );
    say(`${String(pairs.length).padStart(COLUMN)}  ${told.name}`);
    all += pairs.length;
    same += pairs.length - bad.length;
  }
  say(`${all} pairs of crashes, ${same} with the same end\n`);
  return same === all;
}

const ENDS: readonly BatchEnd[] = ['reported', 'deleted_in_vain'];

/** Every subset of a batch that can be undone. */
export async function sayBatches(say: Say): Promise<boolean> {
  let isSafe = true;
  for (const end of ENDS) {
    const runs = await enumerateBatches(
      end,
      Array.from({ length: SUBSETS }, (_, at) => at),
    );
    const bad = runs.filter((run) => !run.isExact || !run.isSameEnd || run.problems[0]);
    for (const { subset, problems } of bad)
      say(`DIFFERS  ${subset.toString(2).padStart(BATCH_SIZE, '0')}: ${problems[0] ?? ''}`);
    say(
      `${end}: ${runs.length} subsets of ${BATCH_SIZE}, ${runs.length - bad.length} with the same end`,
    );
    isSafe &&= bad.length === 0;
  }
  return isSafe;
}
