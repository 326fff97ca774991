import { AwsError } from '#local/kernel/aws-error.ts';
import {
  isJson,
  jsonListOf,
  optionalMomentMs,
  optionalText,
  textListOf,
} from '#local/kernel/input.ts';
import { randomUuid } from '#local/kernel/random.ts';
import type { Host, Json } from '#local/kernel/service.ts';

/** An event as targets receive it. */
export type EventEnvelope = {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: readonly string[];
  detail: Json;
};

const MAX_ENTRIES = 10;
/** EventBridge's limit for a whole PutEvents request; it was 256 KB before. */
const MAX_REQUEST_BYTES = 1_048_576;
const TIME_BYTES = 14;

/** AWS's own arithmetic of the size of an entry. */
function entryBytes(entry: Json): number {
  const texts = [
    optionalText(entry, 'Source'),
    optionalText(entry, 'DetailType'),
    optionalText(entry, 'Detail'),
    ...textListOf(entry, 'Resources'),
  ];
  const bytes = texts.reduce((total, text) => total + Buffer.byteLength(text ?? ''), 0);
  return entry['Time'] === undefined ? bytes : bytes + TIME_BYTES;
}

/** The entries of a request, after the checks that refuse it as a whole. */
export function entriesOf(input: Json): readonly Json[] {
  const entries = jsonListOf(input, 'Entries');
  if (entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MAX_ENTRIES}`,
    );
  }
  const bytes = entries.reduce((total, entry) => total + entryBytes(entry), 0);
  if (bytes <= MAX_REQUEST_BYTES) return entries;
  throw new AwsError(
    'ValidationException',
    'Total size of the entries in the request is over the limit.',
  );
}

export type EntryError = { ErrorCode: string; ErrorMessage: string };

function required(name: string): EntryError {
  const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  return { ErrorCode: 'InvalidArgument', ErrorMessage };
}

function parseDetail(text: string): Json | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return isJson(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** One entry as an event, or what is wrong with it. The other entries go on either way. */
export function envelopeOf(host: Host, entry: Json): EventEnvelope | EntryError {
  const source = optionalText(entry, 'Source');
  if (source === undefined) return required('Source');
  const detailType = optionalText(entry, 'DetailType');
  if (detailType === undefined) return required('DetailType');
  const detailText = optionalText(entry, 'Detail');
  if (detailText === undefined) return required('Detail');
  if (source.startsWith('aws.')) {
    const ErrorMessage = 'Not authorized for the source.';
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage };
  }
  const detail = parseDetail(detailText);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const atMs = optionalMomentMs(entry, 'Time') ?? host.clock.now();
  return {
    version: '0',
    id: randomUuid(host.random),
    'detail-type': detailType,
    source,
    account: host.accountId,
    // Envelopes carry whole seconds.
    time: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: host.region,
    resources: textListOf(entry, 'Resources'),
    detail,
  };
}
