import type { RawRequest, Reception } from '#shared/gateways/gateway.ts';
import type { PaymentStatement } from '#shared/payments/domain/statement.ts';
import type { Kit } from './kit.ts';

export type Change = { readonly changed: RawRequest; readonly where: string };

/** Every position of body, query and signature headers with another byte. */
export function* oneByteChanges(request: RawRequest): Generator<Change> {
  for (let at = 0; at < request.body.length; at += 1) {
    for (const byte of otherBytes(request.body[at] ?? 0)) {
      const body = Buffer.from(request.body);
      body[at] = byte;
      yield { changed: { ...request, body }, where: `body byte ${at} = ${byte}` };
    }
  }
  for (let at = 0; at < request.query.length; at += 1) {
    const query = replaced(request.query, at);
    yield { changed: { ...request, query }, where: `query byte ${at}` };
  }
  for (const [name, value] of Object.entries(request.headers)) {
    if (['content-type', 'user-agent'].includes(name)) continue;
    for (let at = 0; at < value.length; at += 1) {
      const headers = { ...request.headers, [name]: replaced(value, at) };
      yield { changed: { ...request, headers }, where: `${name} byte ${at}` };
    }
  }
}

/** A neighbour (a digit stays a digit, a letter a letter), and a byte with another case. */
function otherBytes(byte: number): number[] {
  const neighbour = byte === 0x39 ? 0x38 : byte + 1;
  return [neighbour & 0xff, byte ^ 0x20];
}

function replaced(text: string, at: number): string {
  const [byte = 0] = otherBytes(text.charCodeAt(at));
  return text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
}

/** Whether a changed message is harmless: refused, the same, or one that must be asked about anyway. */
export function means(original: Reception, changed: Reception): boolean {
  if (changed.outcome === 'refused' || isUnsigned(changed)) return true;
  const text = textOf(changed);
  return text === textOf(original) || text === textOf(weakened(original));
}

/** The reception without the fields that this gateway's signature does not cover. */
export function withoutUnsigned({ unsigned = [] }: Kit, reception: Reception): Reception {
  if (reception.outcome !== 'statements') return reception;
  const statements = reception.statements.map((statement): PaymentStatement => {
    const signed = { ...statement };
    for (const field of unsigned) delete signed[field];
    return signed;
  });
  return { ...reception, statements };
}

/** A statement that nobody signed brings no facts and asks for a re-read: it may say what it likes. */
function isUnsigned(reception: Reception): boolean {
  return (
    reception.outcome === 'statements' &&
    reception.statements.every(
      ({ needsReread, totals, parts }) =>
        needsReread === 'unsigned' && Object.keys(totals).length + parts.length === 0,
    )
  );
}

/** The same statement after the better of two signatures was spoilt: no facts, asked about. */
function weakened(reception: Reception): Reception {
  if (reception.outcome !== 'statements') return reception;
  const statements = reception.statements.map(
    (statement): PaymentStatement => ({
      ...statement,
      totals: {},
      parts: [],
      needsReread: 'weak_signature',
    }),
  );
  return { ...reception, statements };
}

/** Comparable text, the same for every order of an object's fields. */
function textOf(reception: Reception): string {
  return JSON.stringify(sortedFields(withoutFunctions(reception)), textOfBigInt);
}

function sortedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedFields);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sortedFields(field)]));
}

export function withoutFunctions(reception: Reception): unknown {
  return reception.outcome === 'question' ? { ...reception, answer: undefined } : reception;
}

export function textOfBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
