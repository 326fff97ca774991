import { refuse } from './refused.ts';

/** One parameter, decoded and as it was written. */
export type FormField = {
  readonly name: string;
  readonly value: string;
  readonly rawName: string;
  readonly rawValue: string;
};

/** Reads `application/x-www-form-urlencoded` text (a body or a query) in its order. */
export function formFields(text: string): FormField[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map(fieldOf);
}

function fieldOf(pair: string): FormField {
  const at = pair.indexOf('=');
  const rawName = at === -1 ? pair : pair.slice(0, at);
  const rawValue = at === -1 ? '' : pair.slice(at + 1);
  return { name: formDecode(rawName), value: formDecode(rawValue), rawName, rawValue };
}

/** Decodes `+` and `%xx`. A broken escape or escaped bytes that are not UTF-8 are refused, never replaced. */
export function formDecode(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return refuse('body_malformed', 'a parameter is not form-encoded UTF-8');
  }
}

/** Parameters by name. A name that comes twice is refused: which of the two is signed would be a guess. */
export function fieldsByName(fields: readonly FormField[]): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const { name, value } of fields) {
    if (byName.has(name)) refuse('body_malformed', 'a parameter comes twice');
    byName.set(name, value);
  }
  return byName;
}

/** Encodes parameters for a request of ours. Absent ones are left out. */
export function formEncode(parameters: Readonly<Record<string, string | undefined>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) form.append(name, value);
  }
  return form.toString();
}
