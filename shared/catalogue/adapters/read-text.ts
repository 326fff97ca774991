import { type Document, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { type CatalogueReading, readCatalogue } from '../contracts/catalogue-file.ts';
import { fault, type Issue, type Path } from '../domain/issue.ts';

/** A catalogue of 50,000 agreements has half of it, and takes some ten seconds to read. */
const CHARS_MAX = 20_000_000;
/** More would be a text that grows when it is read. */
const ALIASES_MAX = 1000;

export type Place = { readonly line: number; readonly column: number };

export type TextReading = CatalogueReading & {
  /** Where a field stands in the text, or the nearest thing around it that does. */
  readonly placeOf: (path: Path) => Place;
};

/**
 * Reads a catalogue from YAML, or from JSON, which YAML contains.
 *
 * Every scalar is read as text: `4900.10` has become 4900.1 once YAML has made a number of it, and
 * `no` has become false.
 */
export function readCatalogueText(text: string): TextReading {
  const start: Place = { line: 1, column: 1 };
  if (text.length > CHARS_MAX) {
    const issue = fault('file.too_large', [], `holds more than ${CHARS_MAX} characters`);
    return { issues: [issue], placeOf: () => start };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [broken] = document.errors;
  if (broken) {
    const issues = [fault('file.unreadable', [], wordsOf(broken.message))];
    return { issues, placeOf: () => placeAt(broken.pos[0]) };
  }
  const value = plainOf(document);
  if ('issues' in value) return { ...value, placeOf: () => start };
  const placeOf = (path: Path) => placeAt(offsetOf(document, path));
  return { ...readCatalogue(value.plain), placeOf };
}

function plainOf(document: Document): { readonly plain: unknown } | { readonly issues: Issue[] } {
  try {
    return { plain: document.toJS({ maxAliasCount: ALIASES_MAX }) };
  } catch (error) {
    // The library's own refusals: too many aliases, or one that leads nowhere.
    if (!(error instanceof ReferenceError)) throw error;
    return { issues: [fault('file.unreadable', [], error.message)] };
  }
}

/** As deep as the path leads; a missing field is where it is missed. */
function offsetOf(document: Document, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const [parent, last] = [document.getIn(path.slice(0, depth - 1), true), path[depth - 1]];
    const key = isMap(parent) && parent.items.find((pair) => keyText(pair) === String(last))?.key;
    if (isNode(key) && key.range) return key.range[0];
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyText(pair: unknown): string | undefined {
  if (!isPair(pair)) return undefined;
  return isNode(pair.key) ? String(pair.key) : undefined;
}

function wordsOf(message: string): string {
  return `cannot be read: ${message.split('\n', 1)[0] ?? message}`;
}
