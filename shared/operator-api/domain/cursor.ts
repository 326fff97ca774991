/**
 * A cursor is a position in one listing, opaque to the caller.
 *
 * It names the listing with its filters: a cursor of one listing used in another would silently
 * skip rows, so it is refused instead.
 */
export type CursorScope = { readonly listing: string; readonly filters: readonly string[] };

export function encodeCursor(scope: CursorScope, position: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify([scopeName(scope), position]));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The position, or `undefined` when the text is not a cursor of this listing. */
export function decodeCursor(scope: CursorScope, cursor: string): string | undefined {
  const parsed = parseCursor(cursor);
  if (!Array.isArray(parsed) || parsed.length !== 2) return undefined;
  const [name, position]: unknown[] = parsed;
  return name === scopeName(scope) && typeof position === 'string' ? position : undefined;
}

function scopeName({ listing, filters }: CursorScope): string {
  return JSON.stringify([listing, ...filters]);
}

function parseCursor(cursor: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Whatever is not base64, not UTF-8 or not JSON was not made here.
    return undefined;
  }
}
