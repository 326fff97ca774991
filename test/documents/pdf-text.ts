import { inflateSync } from 'node:zlib';

/** Reads the text of each page of a PDF that pdfkit wrote, glyph by glyph through its own tables. */
export function textOfPages(pdf: Uint8Array): string[] {
  const objects = objectsOf(Buffer.from(pdf).toString('latin1'));
  const pages = [...objects.values()].filter(({ head }) => /\/Type \/Page\b/.test(head));
  return pages.map(({ head }) => {
    const resources = objects.get(refIn(head, 'Resources'))?.head ?? head;
    const fonts = new Map<string, ReadonlyMap<string, string>>();
    for (const [, name = '', id = ''] of resources.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const font = objects.get(id)?.head ?? '';
      fonts.set(name, glyphsOf(objects.get(refIn(font, 'ToUnicode'))?.body ?? ''));
    }
    return textOf(objects.get(refIn(head, 'Contents'))?.body ?? '', fonts);
  });
}

type PdfObject = { readonly head: string; readonly body: string };

function objectsOf(file: string): Map<string, PdfObject> {
  const objects = new Map<string, PdfObject>();
  for (const [, id = '', text = ''] of file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const at = text.indexOf('\nstream\n');
    const head = at < 0 ? text : text.slice(0, at);
    const raw = at < 0 ? '' : text.slice(at + 8, text.lastIndexOf('\nendstream'));
    const bytes = Buffer.from(raw, 'latin1');
    const body = head.includes('FlateDecode') ? inflateSync(bytes).toString('latin1') : raw;
    objects.set(id, { head, body });
  }
  return objects;
}

function refIn(head: string, name: string): string {
  return new RegExp(`/${name} (\\d+) 0 R`).exec(head)?.[1] ?? '';
}

/** The `ToUnicode` table: which signs a glyph of the subset stands for. */
function glyphsOf(table: string): Map<string, string> {
  const glyphs = new Map<string, string>();
  for (const [, first = '', list = ''] of table.matchAll(
    /<([\da-f]+)> <[\da-f]+> \[([^\]]*)\]/gi,
  )) {
    for (const [index, [, hex = '']] of [...list.matchAll(/<([\da-f ]+)>/gi)].entries()) {
      const code = (Number.parseInt(first, 16) + index).toString(16).padStart(4, '0');
      const units = hex.match(/[\da-f]{4}/gi) ?? [];
      glyphs.set(code, String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))));
    }
  }
  return glyphs;
}

/** Each block of text as one line. */
function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  const lines: string[] = [];
  let glyphs: ReadonlyMap<string, string> = new Map();
  for (const [, block = ''] of content.matchAll(/BT\n([\s\S]*?)\nET/g)) {
    let line = '';
    for (const [, font, shown] of block.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (font !== undefined) glyphs = fonts.get(font) ?? glyphs;
      for (const [, hex = ''] of (shown ?? '').matchAll(/<([\da-f]+)>/gi))
        line += (hex.match(/.{4}/g) ?? [])
          .map((code) => glyphs.get(code.toLowerCase()) ?? '?')
          .join('');
    }
    lines.push(line);
  }
  return lines.join('\n');
}
