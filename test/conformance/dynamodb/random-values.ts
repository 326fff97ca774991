import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';

/** Few values, so that they meet; strings of one to four UTF-8 bytes per character and on both sides of the surrogates. */
export const STRINGS = ['a', 'ab', 'abc', 'b', '', 'é', 'x😀y', '\uFFFDz', 'Z', '0', '10', '9'];

export const NUMBERS = [
  '0',
  '-0',
  '0.0',
  '1',
  '1.0',
  '01',
  '+5',
  '5',
  '-1',
  '-1.50',
  '0.5',
  '.25',
  '2.',
  '10',
  '100',
  '1e3',
  '1000',
  '-1E-2',
  '1E-130',
  '-1e-130',
  '9.9999999999999999999999999999999999999E+125',
  '-9.9999999999999999999999999999999999999E+125',
  '12345678901234567890123456789012345678',
  '0.12345678901234567890123456789012345678',
  '99999999999999999999999999999999999999',
  '9007199254740993',
  '0000000000000000000000000000000000000000000012',
  '1.50000000000000000000000000000000000000000000',
];

export const BAD_NUMBERS = [
  '',
  'abc',
  '1e126',
  '-1e126',
  '1e-131',
  '123456789012345678901234567890123456789',
  '0.123456789012345678901234567890123456789',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  ' 1',
  '1 ',
  '--1',
  '1e',
  '.',
  '1,5',
];

export const BINARIES = ['AA==', 'AAE=', 'AAEC', '/w==', 'YWI=', 'YQ==', ''];

/** What an index of a table could hold as a key, so that conditions on keys meet them. */
export function scalarOf(draw: Draw, kind: string): Json {
  if (kind === 'N') return { N: draw.one(draw.percent(70) ? NUMBERS.slice(0, 17) : NUMBERS) };
  if (kind === 'B') return { B: draw.one(BINARIES) };
  return { S: draw.one(STRINGS) };
}

export function setOf(draw: Draw, kind: 'SS' | 'NS' | 'BS'): Json {
  const count = draw.between(1, 3);
  if (kind === 'SS') return { SS: draw.some(STRINGS, count) };
  if (kind === 'BS') return { BS: draw.some(BINARIES, count) };
  return { NS: draw.some(['1', '2', '3.5', '-4', '1E+10', '100'], count) };
}

/** Any value that DynamoDB takes. */
export function anyValue(draw: Draw, depth = 0): Json {
  const flat = [
    () => scalarOf(draw, 'S'),
    () => scalarOf(draw, 'S'),
    () => scalarOf(draw, 'N'),
    () => scalarOf(draw, 'N'),
    () => scalarOf(draw, 'B'),
    () => ({ BOOL: draw.percent(50) }),
    () => ({ NULL: true }),
    () => setOf(draw, 'SS'),
    () => setOf(draw, 'NS'),
    () => setOf(draw, 'BS'),
  ];
  if (depth > 2 || draw.percent(65)) return draw.make(flat);
  return draw.percent(50) ? listValue(draw, depth) : mapValue(draw, depth);
}

export function listValue(draw: Draw, depth = 0): Json {
  return { L: draw.times(draw.below(4), () => anyValue(draw, depth + 1)) };
}

export function mapValue(draw: Draw, depth = 0): Json {
  const names = draw.some(['x', 'y', 'z', 'status'], draw.below(4));
  return { M: Object.fromEntries(names.map((name) => [name, anyValue(draw, depth + 1)])) };
}

/** Values that must be refused wherever they stand. */
export function badValue(draw: Draw): Json {
  return draw.make<Json>([
    () => ({ N: draw.one(BAD_NUMBERS) }),
    () => ({ N: draw.one(BAD_NUMBERS) }),
    () => ({ NS: ['1', draw.one(BAD_NUMBERS)] }),
    () => ({ SS: [] }),
    () => ({ NS: [] }),
    () => ({ BS: [] }),
    () => ({ SS: ['a', 'b', 'a'] }),
    () => ({ NS: ['1', '1.0'] }),
    () => ({ BS: ['AA==', 'AA=='] }),
    () => ({}),
    () => ({ S: 'a', N: '1' }),
    () => ({ NULL: false }),
    () => ({ L: [{}] }),
    () => ({ L: [{ N: draw.one(BAD_NUMBERS) }] }),
    () => ({ M: { x: { SS: [] } } }),
  ]);
}

/** Documents in documents, up to and beyond the 32 levels allowed. */
export function nested(levels: number): Json {
  let value: Json = { S: 'core' };
  for (let level = 0; level < levels; level++)
    value = level % 2 ? { L: [value] } : { M: { x: value } };
  return value;
}
