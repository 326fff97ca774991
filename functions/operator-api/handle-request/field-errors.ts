import type * as z from 'zod';
import { isSafeText } from '#shared/kernel/text.ts';
import type { FieldError } from '#shared/operator-api/contracts/problem.ts';

/** More errors than this help nobody, and a hostile body could ask for a hundred thousand. */
const ERRORS_MAX = 20;
const NAME_MAX = 60;

/** Names each wrong field by JSON Pointer. Values are never repeated: they may be personal data. */
export function fieldErrors(place: FieldError['in'], error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => errorsOf(place, issue)).slice(0, ERRORS_MAX);
}

function errorsOf(place: FieldError['in'], issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, ERRORS_MAX).map((key) => ({
      in: place,
      path: jsonPointer([...issue.path, key]),
      message: 'is not a field of this request',
    }));
  }
  return [{ in: place, path: jsonPointer(issue.path), message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? 'is required' : issue.message;
}

/** RFC 6901: `~` and `/` inside a name are escaped. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((name) => `/${shownName(String(name))}`).join('');
}

function shownName(name: string): string {
  if (!isSafeText(name)) return '(unreadable name)';
  const short = name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name;
  return short.replaceAll('~', '~0').replaceAll('/', '~1');
}
