import { AwsError } from '#local/kernel/aws-error.ts';
import { conflict } from '../faults/conflict.ts';
import type { CallSite, CallStrike, Fault } from '../faults/fault.ts';
import { refusedEvents } from '../faults/refused-events.ts';
import { throttle } from '../faults/throttle.ts';
import { unprocessedKeys } from '../faults/unprocessed-keys.ts';
import { Choice } from '../kernel/choice.ts';
import type { RunParts } from '../simulation.ts';

/** Strikes the calls of the run without a crash as well: the ways out of trouble are enumerated, too. */
export type Trouble = (site: CallSite, parts: RunParts) => CallStrike | undefined;

export type TroubledStory = {
  readonly name: string;
  readonly kind: string;
  readonly wants: 'plain' | 'paid_first' | 'readable';
  readonly trouble: Trouble;
};

const CHOICE = new Choice(1);

/** What services do to a function so that it takes the ways that a calm day does not need. */
export const TROUBLES: readonly TroubledStory[] = [
  {
    name: 'throttled read',
    kind: 'single',
    wants: 'plain',
    trouble: first('settle', 'BatchGetItem', struck(throttle)),
  },
  {
    name: 'read in parts',
    kind: 'single',
    wants: 'plain',
    trouble: first('settle', 'BatchGetItem', struck(unprocessedKeys)),
  },
  {
    name: 'throttled write',
    kind: 'single',
    wants: 'plain',
    trouble: first('settle', 'TransactWriteItems', struck(throttle)),
  },
  {
    name: 'invoice created, answer lost',
    kind: 'single',
    wants: 'paid_first',
    trouble: first('operate', 'TransactWriteItems', loseAnswer),
  },
  {
    name: 'letter replayed, answer lost',
    kind: 'poison',
    wants: 'readable',
    trouble: first('operate', 'TransactWriteItems', loseAnswer),
  },
  {
    name: 'invoice met another transaction',
    kind: 'single',
    wants: 'plain',
    trouble: first('operate', 'TransactWriteItems', struck(conflict)),
  },
  {
    name: 'seal met another block',
    kind: 'single',
    wants: 'plain',
    trouble: first('seal', 'TransactWriteItems', struck(conflict)),
  },
  {
    name: 'events refused',
    kind: 'instalments',
    wants: 'plain',
    trouble: first('publish', 'PutEvents', struck(refusedEvents)),
  },
];

/** Only the first call of this kind by the first try of each subject. */
function first(fn: string, operation: string, strike: Trouble): Trouble {
  return (site, parts) =>
    site.fn === fn &&
    site.operation === operation &&
    site.key.includes('.1/') &&
    site.key.endsWith('#1')
      ? strike(site, parts)
      : undefined;
}

function loseAnswer(): CallStrike {
  return { do: 'lose_answer', error: new AwsError('InternalServerError', 'answer lost', 500) };
}

function struck({ onCall }: Pick<Fault, 'onCall'>): Trouble {
  return (site) => onCall?.(site, { choice: CHOICE, strikes: () => true, nowMs: () => 0 });
}
