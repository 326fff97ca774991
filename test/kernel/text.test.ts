import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafeText } from '#shared/kernel/text.ts';

/** Any sequence of UTF-16 units, halves of characters among them. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })))
  .map((codes) => String.fromCharCode(...codes));

describe('a safe text', () => {
  it.each(['', 'ord_72', 'Оплата курса №5', 'Ünïcödé', '注文', 'payer 1', '😀', 'a\u0301'])(
    'is %j',
    (text) => {
      expect(isSafeText(text)).toBe(true);
    },
  );

  it('has no control character, the NUL that ends a text elsewhere among them', () => {
    const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i)];
    for (const code of controls) {
      expect(isSafeText(`ord${String.fromCharCode(code)}72`), `U+${code.toString(16)}`).toBe(false);
    }
  });

  it.each([
    ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e'],
    ...['\u2066', '\u2067', '\u2068', '\u2069', '\u200b', '\u200d', '\u2028', '\u2029', '\ufeff'],
  ])('has no mark that turns or hides what an operator reads: %j', (mark) => {
    expect(isSafeText(mark)).toBe(false);
    expect(isSafeText(`invoice ${mark}27_dro`)).toBe(false);
  });

  it('has no half of a character: UTF-8 would not give it back', () => {
    for (const half of ['\ud83d', '\ude00', 'a\ud83d', '\ude00\ud83d', '\ud83db']) {
      expect(isSafeText(half)).toBe(false);
    }
    fc.assert(
      fc.property(units, (text) => {
        if (isSafeText(text)) expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
      }),
    );
  });
});
