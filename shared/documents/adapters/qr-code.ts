import QRCode from 'qrcode';
import type { Pdf } from './pdf-page.ts';

export const CODE_SIZE = 116;

/** Draws a code as black squares: sharp in any size, and no picture that a bundle would have to make. */
export function drawCode(pdf: Pdf, text: string, x: number, y: number): void {
  const { size, data } = modulesOf(text);
  const side = CODE_SIZE / size;
  for (let row = 0; row < size; row++) {
    for (let from = 0; from < size; from++) {
      let to = from;
      while (to < size && data[row * size + to]) to++;
      // One bar for a run of squares: single squares show seams in some viewers.
      if (to > from) pdf.rect(x + from * side, y + row * side, (to - from) * side, side);
      from = Math.max(from, to);
    }
  }
  pdf.fill('black');
}

/** Medium correction, bytes of UTF-8, as banks' readers expect it. */
export function modulesOf(text: string): { readonly size: number; readonly data: Uint8Array } {
  const bytes = new TextEncoder().encode(text);
  const { modules } = QRCode.create([{ data: bytes, mode: 'byte' }], {
    errorCorrectionLevel: 'M',
  });
  return modules;
}
