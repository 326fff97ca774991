import type { Paper } from '#shared/documents/domain/paper.ts';
import {
  BOLD,
  FOOTER,
  GAP,
  heightOf,
  LEFT,
  line,
  type Pdf,
  REGULAR,
  RIGHT,
  SIZE,
  TITLE_SIZE,
  TOP,
  WIDTH,
  write,
} from './pdf-page.ts';
import { CODE_SIZE, drawCode } from './qr-code.ts';

const LABEL_WIDTH = 100;
const TOTAL_WIDTH = 90;
const ROW = 13;
const SIGNATURE_ROW = 40;

/** Bank, code, title and parties. Gives where the table begins. */
export function drawHead(pdf: Pdf, paper: Paper): number {
  let y = drawBank(pdf, paper, TOP);
  const title = { x: LEFT, y, width: WIDTH };
  write(pdf, paper.title, title, { font: BOLD, size: TITLE_SIZE });
  y += pdf.fontSize(TITLE_SIZE).heightOfString(paper.title, { width: WIDTH }) + 4;
  pdf.lineWidth(1.2).moveTo(LEFT, y).lineTo(RIGHT, y).stroke();
  y += GAP;
  for (const [label, value] of paper.parties) y = drawPair(pdf, [`${label}:`, value], y, BOLD);
  return y + GAP / 2;
}

/** The bank's rows on the left and the code on the right of them. */
function drawBank(pdf: Pdf, { bank, code }: Paper, top: number): number {
  if (bank.length === 0 && !code) return top;
  const width = code ? WIDTH - CODE_SIZE - 2 * GAP : WIDTH;
  let y = top;
  for (const [label, value] of bank) {
    const valueWidth = width - LABEL_WIDTH - 2 * GAP;
    const texts = [heightOf(pdf, label, LABEL_WIDTH - 8), heightOf(pdf, value, valueWidth)];
    const height = Math.max(ROW, ...texts) + 5;
    pdf.lineWidth(0.5).rect(LEFT, y, LABEL_WIDTH, height).stroke();
    pdf.rect(LEFT + LABEL_WIDTH, y, width - LABEL_WIDTH, height).stroke();
    write(pdf, label, { x: LEFT + 4, y: y + 4, width: LABEL_WIDTH - 8 });
    write(pdf, value, { x: LEFT + LABEL_WIDTH + 4, y: y + 4, width: valueWidth });
    y += height;
  }
  if (!code) return y + 2 * GAP;
  const x = RIGHT - CODE_SIZE;
  drawCode(pdf, code.text, x, top);
  const caption = { x, y: top + CODE_SIZE + 3, width: CODE_SIZE };
  write(pdf, code.caption, caption, { align: 'center' });
  return Math.max(y, top + CODE_SIZE + ROW + 3) + 1.5 * GAP;
}

function drawPair(
  pdf: Pdf,
  [label, value]: readonly [string, string],
  y: number,
  font: string,
): number {
  const width = WIDTH - LABEL_WIDTH;
  write(pdf, label, { x: LEFT, y, width: LABEL_WIDTH - 4 });
  write(pdf, value, { x: LEFT + LABEL_WIDTH, y, width }, { font });
  return y + Math.max(ROW, heightOf(pdf, value, width, font)) + 4;
}

/** How much room totals, words, notes and signatures need together. */
export function heightOfTail(pdf: Pdf, paper: Paper): number {
  const texts = textsOf(paper).map(({ text, font }) => heightOf(pdf, text, WIDTH, font) + 4);
  const sum = texts.reduce((total, height) => total + height, 0);
  return paper.totals.length * ROW + GAP + sum + GAP + SIGNATURE_ROW;
}

export function drawTail(pdf: Pdf, paper: Paper, top: number): void {
  let y = top;
  for (const [label, value] of paper.totals) {
    const labels = { x: LEFT, y, width: WIDTH - TOTAL_WIDTH };
    write(pdf, label, labels, { font: BOLD, align: 'right' });
    const values = { x: RIGHT - TOTAL_WIDTH, y, width: TOTAL_WIDTH - 3 };
    write(pdf, value, values, { font: BOLD, align: 'right' });
    y += ROW;
  }
  y += GAP;
  for (const { text, font } of textsOf(paper)) {
    write(pdf, text, { x: LEFT, y, width: WIDTH }, { font });
    y += heightOf(pdf, text, WIDTH, font) + 4;
  }
  drawSignatures(pdf, paper, y + GAP);
}

function textsOf({ summary, words, notes }: Paper) {
  const plain = (text: string) => ({ text, font: REGULAR });
  return [
    plain(summary),
    ...(words === undefined ? [] : [{ text: words, font: BOLD }]),
    ...notes.map(plain),
  ];
}

/** `Role ________ / Name`, side by side. */
function drawSignatures(pdf: Pdf, { signatures }: Paper, top: number): void {
  const width = WIDTH / Math.max(1, signatures.length);
  for (const [index, { role, name }] of signatures.entries()) {
    const x = LEFT + index * width;
    const end = x + width - GAP;
    write(pdf, role, { x, y: top, width: width - GAP }, { font: BOLD });
    line(pdf, [x, top + 2.6 * SIZE], [end, top + 2.6 * SIZE]);
    write(pdf, name, { x, y: top + 2.6 * SIZE + 2, width: width - GAP }, { align: 'right' });
  }
}

/** The pages are counted when all of them are there. */
export function drawFooters(pdf: Pdf, { pageOf }: Paper): void {
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    pdf.switchToPage(page);
    write(pdf, pageOf(page + 1, count), { x: LEFT, y: FOOTER, width: WIDTH }, { align: 'right' });
  }
}
