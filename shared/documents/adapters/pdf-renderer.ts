import PDFDocument from 'pdfkit';
import type { Paper } from '#shared/documents/domain/paper.ts';
import type { RenderPaper } from '#shared/documents/ports.ts';
import type { Fonts } from './fonts.ts';
import { BOLD, type Pdf, REGULAR, SIZE } from './pdf-page.ts';
import { drawFooters, drawHead, drawTail, heightOfTail } from './pdf-parts.ts';
import { drawTable } from './pdf-table.ts';

/** Papers as PDF, A4. Fonts are given, because a bundle has no package folder to read them from. */
export function createPdfRenderer(fonts: Fonts): RenderPaper {
  return async (paper) => {
    const pdf = open(paper, fonts);
    const bytes = collect(pdf);
    const top = drawHead(pdf, paper);
    const tail = heightOfTail(pdf, paper);
    drawTail(pdf, paper, drawTable(pdf, paper, top, tail));
    drawFooters(pdf, paper);
    pdf.end();
    return bytes;
  };
}

/** Without dates and ids of its own: the same paper gives the same bytes. */
function open(paper: Paper, fonts: Fonts): Pdf {
  const pdf = new PDFDocument({
    size: 'A4',
    // Where a page ends is decided here; the library would begin one in the middle of a footer.
    margin: 0,
    bufferPages: true,
    lang: paper.language,
    displayTitle: true,
    info: {
      Title: paper.title,
      Producer: 'Priliv',
      Creator: 'Priliv',
      CreationDate: new Date(paper.createdAt),
    },
    // No standard font: it would be read from a file that a bundle does not have.
    font: '',
  });
  pdf.registerFont(REGULAR, Buffer.from(fonts.regular));
  pdf.registerFont(BOLD, Buffer.from(fonts.bold));
  pdf.font(REGULAR).fontSize(SIZE);
  return pdf;
}

function collect(pdf: Pdf): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    pdf.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    pdf.on('error', reject);
  });
}
