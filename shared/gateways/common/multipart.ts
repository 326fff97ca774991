import { refuse } from './refused.ts';

/** One text part of a form. */
export type Part = { readonly name: string; readonly value: string };

/** The boundary that a content type names, or `undefined` when it is no multipart form. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType,
  );
  return match?.[1] ?? match?.[2];
}

/** Reads the text parts of `multipart/form-data` in their order. Files are not expected and refused. */
export function multipartFields(text: string, boundary: string): Part[] {
  const [preamble, ...sections] = `\r\n${text}`.split(`\r\n--${boundary}`);
  const last = sections.pop();
  if (preamble?.trim() !== '' || !last?.startsWith('--')) {
    return refuse('body_malformed', 'the multipart form is broken off');
  }
  return sections.map(partOf);
}

function partOf(section: string): Part {
  const end = section.indexOf('\r\n\r\n');
  if (!section.startsWith('\r\n') || end === -1) {
    return refuse('body_malformed', 'a part of the form has no head');
  }
  const name = /^content-disposition:[^\r\n]*?[;\s]name="([^"\r\n]*)"/im.exec(
    section.slice(0, end),
  )?.[1];
  if (name === undefined) return refuse('body_malformed', 'a part of the form has no name');
  return { name, value: section.slice(end + 4) };
}
