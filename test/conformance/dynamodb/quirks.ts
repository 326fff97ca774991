import { textOf } from './canonical.ts';
import { NUMBERS_QUIRK } from './plain-numbers.ts';
import { type Answers, count, type QuirkLog, reasonsOf } from './quirk.ts';
import { CAPACITY_QUIRKS } from './quirks-capacity.ts';
import { CONTENT_QUIRKS } from './quirks-content.ts';
import { WORDINGS, wordingOf } from './quirks-wording.ts';
import type { Step } from './random-operations.ts';
import type { Sequence } from './sequence.ts';

const QUIRKS = [...CONTENT_QUIRKS, ...CAPACITY_QUIRKS];

export const QUIRK_NAMES: readonly string[] = [NUMBERS_QUIRK, ...QUIRKS, ...WORDINGS].map(
  ({ name }) => name,
);

export function reconciled(
  sequence: Sequence,
  step: Step,
  answers: Answers,
  log: QuirkLog,
): Answers {
  let current = withoutWordings(answers, log);
  for (const { name, reconcile } of QUIRKS) {
    if (textOf(current.oracle) === textOf(current.engine)) break;
    const next = reconcile(step, current, sequence);
    if (!next) continue;
    count(log, name);
    current = withoutWordings(next, log);
  }
  return current;
}

function withoutWordings({ oracle, engine }: Answers, log: QuirkLog): Answers {
  if (oracle['error'] === undefined || oracle['error'] !== engine['error'])
    return { oracle, engine };
  const message = reworded(oracle['message'], engine['message'], log);
  const [theirs, ours] = [reasonsOf(oracle), reasonsOf(engine)];
  if (theirs.length === 0 || theirs.length !== ours.length) {
    return { oracle: { ...oracle, message }, engine };
  }
  const CancellationReasons = theirs.map((reason, at) => {
    const other = ours[at];
    if (reason['Message'] === undefined || reason['Code'] !== other?.['Code']) return reason;
    return { ...reason, Message: reworded(reason['Message'], other?.['Message'], log) };
  });
  return { oracle: { ...oracle, message, CancellationReasons }, engine };
}

/** The engine's text, when the two differ as one of the known wordings says. */
function reworded(oracle: unknown, engine: unknown, log: QuirkLog): unknown {
  const wording = wordingOf(oracle, engine);
  if (!wording) return oracle;
  count(log, wording.name);
  return engine;
}
