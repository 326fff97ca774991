import { eventDetail } from '#shared/events/contracts/events.ts';
import type { Check, Outcome } from './check.ts';
import { invoicesIn, paymentsIn } from './records.ts';

/** What was told of an object: by sequence the event's id and name, and what restatements stand for. */
type Heard = { readonly told: Map<number, string>; readonly restated: Set<number> };

const NOTHING: Heard = { told: new Map(), restated: new Set() };

/**
 * Each object's events are numbered from 1 without a gap, and a repeat is recognisable. What the
 * stream has lost is restated, and nothing else is.
 *
 * Their order on the way is nobody's promise: the bus keeps none, and consumers go by the number.
 */
export const eventsDense: Check = {
  name: 'events dense',
  check({ published, ledger, skipped }) {
    const problems: string[] = [];
    const heard = new Map<string, Heard>();
    for (const event of published) problems.push(...hear(heard, event));
    if (skipped === 0 && [...heard.values()].some(({ restated }) => restated.size > 0))
      problems.push('something was restated, and nothing was lost');
    for (const [name, sequence] of sequencesIn(ledger)) {
      const { told: own, restated } = heard.get(name) ?? NOTHING;
      const told = [...new Set([...own.keys(), ...restated])].sort((a, b) => a - b);
      const dense = Array.from({ length: sequence }, (_, at) => at + 1);
      if (told.join() !== dense.join())
        problems.push(`${name} told events ${told.join() || 'none'}, and has ${sequence}`);
    }
    return problems;
  },
};

function hear(heard: Map<string, Heard>, { name, detail }: Outcome['published'][number]): string[] {
  const parsed = eventDetail.safeParse(detail);
  if (!parsed.success) return [`event ${name} is not readable`];
  const { id, object, sequence, firstSequence } = parsed.data;
  const about = `${object.kind} ${object.seller}/${object.id}`;
  const known: Heard = heard.get(about) ?? { told: new Map(), restated: new Set() };
  heard.set(about, known);
  if (firstSequence !== undefined) {
    for (let number = firstSequence; number <= sequence; number++) known.restated.add(number);
    return [];
  }
  const before = known.told.get(sequence);
  const now = `${id} ${name}`;
  known.told.set(sequence, now);
  return before === undefined || before === now
    ? []
    : [`${about} event ${sequence} was told as "${before}" and as "${now}"`];
}

function sequencesIn(ledger: Outcome['ledger']): [string, number][] {
  const objects: { kind: string; name: string; sequence: number }[] = [
    ...paymentsIn(ledger).map((one) => ({ kind: 'payment', ...one })),
    ...invoicesIn(ledger).map((one) => ({ kind: 'invoice', ...one })),
  ];
  return objects.map(({ kind, name, sequence }) => [`${kind} ${name}`, sequence]);
}
