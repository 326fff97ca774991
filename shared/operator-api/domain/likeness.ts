/** Cyrillic capitals that look like Latin ones or like digits, as people type them from paper. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  А: 'A',
  В: 'B',
  С: 'C',
  Е: 'E',
  Н: 'H',
  К: 'K',
  М: 'M',
  О: '0',
  Р: 'P',
  Т: 'T',
  У: 'Y',
  Х: 'X',
  O: '0',
  З: '3',
  I: '1',
  L: '1',
};

/** What is compared of a reference: no case, no separators, no letters that only look different. */
export function referenceCore(reference: string): string {
  const upper = reference.normalize('NFKC').toUpperCase();
  const folded = [...upper].map((letter) => LOOKALIKES[letter] ?? letter).join('');
  return folded.replace(/[^\p{L}\p{N}]/gu, '');
}

/** Spellings of a reference under which our invoice may be kept: what can be looked up at once. */
export function referenceSpellings(reference: string): readonly string[] {
  const text = reference.normalize('NFKC').trim();
  const bare = text.replace(/[^A-Za-z0-9]/g, '');
  const joined = text.replace(/[^A-Za-z0-9]+/g, '_');
  const words = [text, bare, joined].flatMap((word) => [
    word,
    word.toUpperCase(),
    word.toLowerCase(),
  ]);
  return [...new Set(words)].filter((word) => /^[A-Za-z0-9_]{1,30}$/.test(word));
}

/**
 * How many single typing mistakes lie between two texts: a letter wrong, missing, extra, or two
 * neighbours swapped (optimal string alignment distance). Gives up beyond `limit`.
 */
export function typingMistakes(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(at(last, b.length), limit + 1);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
