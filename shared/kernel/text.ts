// C0 and C1 controls, the Unicode marks that reorder text on an operator's screen, and the two
// noncharacters that XML, and so a queue, does not take.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/;

/** Whether a text from outside may be stored and shown as an identifier: no control or bidi characters. */
export function isSafeText(text: string): boolean {
  return !UNSAFE.test(text) && text.isWellFormed();
}
