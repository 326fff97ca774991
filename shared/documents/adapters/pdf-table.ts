import type { Paper } from '#shared/documents/domain/paper.ts';
import {
  BOLD,
  BOTTOM,
  GAP,
  heightOf,
  LEFT,
  type Pdf,
  REGULAR,
  TOP,
  WIDTH,
  write,
} from './pdf-page.ts';

const PADDING = 3;

/**
 * Draws the rows, with the head of the table on every page, and gives where the tail begins.
 *
 * The last row stays with the tail (totals and signatures): a page that begins with a sum and does not
 * say of what is no document.
 */
export function drawTable(pdf: Pdf, paper: Paper, top: number, tail: number): number {
  const heights = paper.rows.map((row) => heightOfRow(pdf, paper, row));
  const headHeight = heightOfRow(pdf, paper, titlesOf(paper), BOLD);
  let y = drawRow(pdf, paper, titlesOf(paper), top, headHeight, BOLD);
  for (const [index, row] of paper.rows.entries()) {
    const height = heights[index] ?? 0;
    const isLast = index === paper.rows.length - 1;
    const needed = height + (isLast ? GAP + tail : 0);
    if (y + needed > BOTTOM) {
      pdf.addPage();
      y = drawRow(pdf, paper, titlesOf(paper), TOP, headHeight, BOLD);
    }
    y = drawRow(pdf, paper, row, y, height, REGULAR);
  }
  return y + GAP;
}

function titlesOf({ columns }: Paper): readonly string[] {
  return columns.map(({ title }) => title);
}

function heightOfRow(pdf: Pdf, { columns }: Paper, row: readonly string[], font = REGULAR): number {
  const heights = columns.map(({ width }, index) =>
    heightOf(pdf, row[index] ?? '', width * WIDTH - 2 * PADDING, font),
  );
  return Math.max(...heights) + 2 * PADDING;
}

function drawRow(
  pdf: Pdf,
  { columns }: Paper,
  row: readonly string[],
  y: number,
  height: number,
  font: string,
): number {
  let x = LEFT;
  for (const [index, { width, align }] of columns.entries()) {
    const cell = width * WIDTH;
    pdf.lineWidth(0.5).rect(x, y, cell, height).stroke();
    const place = { x: x + PADDING, y: y + PADDING, width: cell - 2 * PADDING };
    write(pdf, row[index] ?? '', place, { font, align: font === BOLD ? 'center' : align });
    x += cell;
  }
  return y + height;
}
