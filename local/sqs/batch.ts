import { AwsError } from '#local/kernel/aws-error.ts';
import { jsonListOf, optionalText } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';

const MAX_ENTRIES = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

/** The entries of a batch call, after the checks that refuse the call as a whole. */
export function batchEntries(input: Json): readonly Json[] {
  const entries = jsonListOf(input, 'Entries');
  if (entries.length === 0) {
    throw new AwsError(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  checkIds(entries.map((entry) => optionalText(entry, 'Id') ?? ''));
  return entries;
}

function checkIds(ids: readonly string[]): void {
  for (const [at, id] of ids.entries()) {
    if (!ENTRY_ID.test(id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (ids.indexOf(id) !== at) {
      throw new AwsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    }
  }
}

/** Runs each entry by itself: one that is refused does not touch the others. */
export function forEachEntry(entries: readonly Json[], run: (entry: Json) => Json): Json {
  const successful: Json[] = [];
  const failed: Json[] = [];
  for (const entry of entries) {
    const id = entry['Id'];
    try {
      successful.push({ Id: id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const senderFault = error.status < 500;
      failed.push({ Id: id, SenderFault: senderFault, Code: error.code, Message: error.message });
    }
  }
  return {
    ...(successful.length > 0 ? { Successful: successful } : {}),
    ...(failed.length > 0 ? { Failed: failed } : {}),
  };
}
