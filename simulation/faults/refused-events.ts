import type { Json } from '#local/kernel/service.ts';
import type { Choice } from '../kernel/choice.ts';
import type { CallSite, Fault } from './fault.ts';

/** The bus takes some entries of a call and refuses others, with the call itself a success. */
export const refusedEvents: Fault = {
  name: 'refused_events',
  rates: [0.05, 0.3],
  onCall: (site, { strikes, choice }) =>
    site.operation === 'PutEvents' && strikes(site.key)
      ? { do: 'narrow', narrow: (run) => putSome(site, choice, run) }
      : undefined,
};

async function putSome(
  { key, input }: CallSite,
  choice: Choice,
  run: (changed?: Json) => Promise<Json>,
): Promise<Json> {
  const entries: unknown[] = Array.isArray(input['Entries']) ? input['Entries'] : [];
  const isTaken = entries.map((_, at) => choice.chance(`${key}:entry${at}`, 0.5));
  const taken = entries.filter((_, at) => isTaken[at]);
  const answer = taken.length === 0 ? {} : await run({ ...input, Entries: taken });
  const answers: unknown[] = Array.isArray(answer['Entries']) ? [...answer['Entries']] : [];
  const refused = { ErrorCode: 'ThrottlingException', ErrorMessage: 'simulated refusal' };
  return {
    FailedEntryCount: entries.length - taken.length,
    Entries: isTaken.map((one) => (one ? answers.shift() : refused)),
  };
}
