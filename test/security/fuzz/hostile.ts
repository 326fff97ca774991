import fc from 'fast-check';

/** How often each property is tried. A long run: `FUZZ_RUNS=20000 npx vitest run test/security`. */
export const RUNS = Number(process.env['FUZZ_RUNS'] ?? 250);
/** Generous: a property that needs longer for its runs does not answer in bounded work. */
export const FUZZ_TIMEOUT_MS = 60_000 + RUNS * 100;

/** Names that mean something to JavaScript, and texts that mean something to a parser further on. */
const HOSTILE_TEXTS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then'],
  ...[
    '',
    ' ',
    '0',
    '-0',
    '-1',
    '1e308',
    'NaN',
    'Infinity',
    '0x10',
    '1e-7',
    '٣',
    'null',
    '[]',
    '{}',
  ],
  ...['\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\ufffe', '\uffff', '\u202edrow', '\u2028'],
  ...['ſtr', 'K', 'İ', 'é', 'é', '😀'.repeat(80), 'a'.repeat(129), 'z'.repeat(5000)],
  ...['%', '%zz', '%00', '%c0%af', '&', '=', ';', ':', '|', '#', '/', '\\', '"', "'", '`', '$(x)'],
  ...[
    '[',
    ']',
    'a[b',
    'a[]',
    'a[0][1][2][3][4][5][6][7][8][9]',
    '<!--',
    ']]>',
    '&amp;',
    '\r\n\r\n',
  ],
  ...[
    '../../etc',
    'https://evil.example/',
    "' OR 1=1 --",
    '{{7*7}}',
    '-----BEGIN CERTIFICATE-----',
  ],
];

/** Numbers as a JSON text may write them: beyond a double, beyond a bigint's use, beyond sense. */
const HOSTILE_NUMBERS = [
  ...['0', '-0', '-1', '1', '1.5', '0.1', '1e2', '1E+2', '1e400', '-1e400', '1e-400'],
  ...['9007199254740993', '999999999999999', '9999999999999999', '1000000000000000'],
  ...['1000000000000001', '18446744073709551616', '253402300800', '8640000000001', '-62167219201'],
  ...[`1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '4900.00', '4900.000000', '4900.001'],
];

/** What has broken readers elsewhere: tried at every place of every message, not only by chance. */
export const SHARP_TEXTS: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', '', '\u0000', '\ud800', '\uffff', '\u202e', 'ſ'],
  ...['z'.repeat(129), '9'.repeat(30), '999999999999999', '-1', '1e3', '0.001', 'a;b=c:d', '[0]'],
];
export const SHARP_NUMBERS: readonly string[] = [
  ...['0', '-1', '1e3', '0.001', '999999999999999', '-999999999999999', '253402300800'],
  ...['9007199254740993', `1${'0'.repeat(60)}`, 'null', 'true', '{}', '[[]]'],
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE_NUMBERS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }) },
);

export const hostileNumber: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_NUMBERS),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

/** Bytes that no gateway sends: random, cut UTF-8, other charsets, compressed, much too deep. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  hostileText.map((text) => Buffer.from(text, 'utf8')),
  hostileText.map((text) => Buffer.from(text, 'utf16le')),
  hostileText.map((text) => Buffer.from(`{"a":"${text}"}`, 'latin1')),
  fc
    .constantFrom('[', '{"a":', '<a>', 'a[', '%5B', '\r\n--b', '"\\u')
    .map((piece) => Buffer.from(piece.repeat(20_000), 'utf8')),
  fc
    .constantFrom('\ufeff{}', '{"a":1}{', '{"a":1,}', "{'a':1}", '/**/{}', '{"a":01}')
    .map((text) => Buffer.from(text, 'utf8')),
);

/** People and cards that stand only where a gateway puts personal data. Nothing that comes out may show them. */
export const PERSON = {
  name: 'ZINAIDA MARKEROVA',
  email: 'zinaida.markerova@person.example',
  phone: '+79031234567',
  pan: '4111111111111111',
  mask: '411111******1111',
  expiry: '11/39',
  address: 'Lenina 99-99, Markersk',
} as const;

/** Fails when a text shows anything of a person. Case and separators do not hide it. */
export function personIn(text: string): string | undefined {
  const folded = text.toLowerCase();
  return Object.values(PERSON).find((value) => folded.includes(value.toLowerCase()));
}
