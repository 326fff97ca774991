/** A field that differs, as the file writes it. Absent on one side when it is new or gone. */
export type FieldChange = {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
};

/** What publishing a draft would do to one thing of the catalogue. */
export type Change = {
  readonly section: string;
  readonly id: string;
  /** `resumed` had ended before. */
  readonly kind: 'new' | 'changed' | 'ended' | 'resumed';
  readonly title: { readonly ru: string; readonly en: string } | undefined;
  /** Of a new plan version, against the version before it. */
  readonly fields: readonly FieldChange[];
};

/** What differs between two plain values. Lists of things with ids are compared by them. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths.flatMap((path) => {
    const change = { path, before: old.get(path), after: now.get(path) };
    return change.before === change.after ? [] : [change];
  });
}

function leavesOf(value: unknown, path = '', into = new Map<string, string>()) {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (items.every((item) => !isFields(item))) into.set(path, items.join(', '));
    else {
      for (const [at, item] of items.entries()) {
        leavesOf(item, joined(path, nameOf(item) ?? `${at + 1}`), into);
      }
    }
  } else if (isFields(value)) {
    for (const [name, part] of Object.entries(value)) leavesOf(part, joined(path, name), into);
  } else if (value !== undefined) {
    into.set(path, String(value));
  }
  return into;
}

function nameOf(item: unknown): string | undefined {
  return isFields(item) && typeof item['id'] === 'string' ? item['id'] : undefined;
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
