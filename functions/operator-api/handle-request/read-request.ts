import type * as z from 'zod';
import {
  type FieldError,
  isRejection,
  type Rejection,
  reject,
} from '#shared/operator-api/contracts/problem.ts';
import { fieldErrors } from './field-errors.ts';
import { invalid } from './problems.ts';

/** A hundred lines of 200 characters need a tenth of this. */
export const BODY_BYTES_MAX = 256 * 1024;

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** Reads the path, the query or the headers; names what is wrong with them. */
export function readParameters<S extends z.ZodType>(
  place: 'path' | 'query' | 'header',
  schema: S,
  values: Readonly<Record<string, unknown>>,
): { readonly value: z.output<S> } | Rejection {
  const parsed = schema.safeParse(values);
  if (parsed.success) return { value: parsed.data };
  return invalid('request.parameter_invalid', fieldErrors(place, parsed.error));
}

/** The query as one value per name. A name given twice is refused: picking one would be a guess. */
export function queryValues(url: string): Record<string, string> | Rejection {
  const entries = [...new URL(url).searchParams];
  const names = entries.map(([name]) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  if (repeated.size === 0) return Object.fromEntries(entries);
  const errors: FieldError[] = [
    { in: 'query', path: '', message: 'a parameter must be given once' },
  ];
  return invalid('request.parameter_invalid', errors);
}

/** Reads a JSON body within its limits and checks it against the schema. */
export async function readBody<S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<{ readonly value: z.output<S> } | Rejection> {
  const text = await bodyText(request);
  if (typeof text !== 'string') return text;
  const json = parseJson(text);
  if (isRejection(json)) return json;
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { value: parsed.data };
  return invalid('request.invalid', fieldErrors('body', parsed.error));
}

async function bodyText(request: Request): Promise<string | Rejection> {
  const limit = `At most ${BODY_BYTES_MAX} bytes are read.`;
  // A body that says itself that it is too large is not even read.
  if (Number(request.headers.get('content-length')) > BODY_BYTES_MAX) {
    return reject('request.too_large', limit);
  }
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > BODY_BYTES_MAX) return reject('request.too_large', limit);
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) return reject('request.not_json');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return reject('request.malformed', 'The body is not UTF-8.');
  }
}

function parseJson(text: string): { readonly value: unknown } | Rejection {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return reject('request.malformed', 'The body is not JSON.');
  }
}
