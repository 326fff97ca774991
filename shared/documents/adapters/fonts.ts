import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The two fonts of papers: DejaVu has all of Cyrillic, and the rouble sign. */
export type Fonts = { readonly regular: Uint8Array; readonly bold: Uint8Array };

/** Reads the fonts from the installed package. A bundle brings its own copies instead. */
export async function readFonts(): Promise<Fonts> {
  const read = (name: string) =>
    readFile(fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)));
  const [regular, bold] = await Promise.all([read('DejaVuSans'), read('DejaVuSans-Bold')]);
  return { regular, bold };
}
