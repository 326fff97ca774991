/** A policy text with `*` and `?`, compiled once. */
export type Pattern = { text: string; matches(value: string): boolean };

export function pattern(text: string, ignoreCase = false): Pattern {
  if (text === '*') return { text, matches: () => true };
  if (!/[*?]/.test(text) && !ignoreCase) return { text, matches: (value) => value === text };
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's');
  return { text, matches: (value) => expression.test(value) };
}
