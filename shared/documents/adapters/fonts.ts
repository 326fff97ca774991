import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** The two fonts of papers: DejaVu has all of Cyrillic, and the rouble sign. */
export type Fonts = { readonly regular: Uint8Array; readonly bold: Uint8Array };

/** Reads the fonts from the installed package. A bundle brings its own copies instead. */
export async function readFonts(): Promise<Fonts> {
  const { resolve } = createRequire(import.meta.url);
  const [regular, bold] = await Promise.all([
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')),
  ]);
  return { regular, bold };
}
