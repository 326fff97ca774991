/** What all parts of a page share: places in points from the upper left corner of A4. */

export type Pdf = PDFKit.PDFDocument;

export const REGULAR = 'regular';
export const BOLD = 'bold';
export const SIZE = 8.5;
export const TITLE_SIZE = 13;

/** 20 mm for the binder's holes on the left, 10 mm on the right. */
export const LEFT = 56;
export const RIGHT = 567;
export const WIDTH = RIGHT - LEFT;
export const TOP = 36;
/** Nothing but the footer stands below. */
export const BOTTOM = 790;
export const FOOTER = 806;
export const GAP = 10;

export type Place = { readonly x: number; readonly y: number; readonly width: number };

export function heightOf(pdf: Pdf, text: string, width: number, font = REGULAR): number {
  return pdf.font(font).fontSize(SIZE).heightOfString(text, { width });
}

export function write(
  pdf: Pdf,
  text: string,
  { x, y, width }: Place,
  style: {
    readonly font?: string;
    readonly size?: number;
    readonly align?: 'left' | 'right' | 'center';
  } = {},
): void {
  const { font = REGULAR, size = SIZE, align = 'left' } = style;
  pdf.font(font).fontSize(size).text(text, x, y, { width, align });
}

export function line(
  pdf: Pdf,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  pdf
    .lineWidth(0.5)
    .moveTo(...from)
    .lineTo(...to)
    .stroke();
}
