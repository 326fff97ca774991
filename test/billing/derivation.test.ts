import { describe, expect, it } from 'vitest';
import {
  type DerivationJson,
  derivationFromJson,
  derivationToJson,
} from '#shared/billing/contracts/derivation.ts';
import {
  difference,
  type Expression,
  input,
  product,
  quotient,
  rounded,
  shares,
} from '#shared/billing/domain/expression.ts';
import { ratio } from '#shared/kernel/ratio.ts';

const third = quotient(
  product(input('price', 100_000n, 'plan:pro@1/fee'), input('days', 10n)),
  input('days_of_period', 31n),
);
const DERIVATION: Expression = difference(
  shares(rounded(third), [ratio(100n), ratio(200n)])[1]!,
  input('billed_before', 7n),
);
const JSON_FORM = derivationToJson(DERIVATION);

/** The same derivation with one text in place of another. */
const changed = (from: string, to: string) => {
  const text = JSON.stringify(JSON_FORM);
  expect(text).toContain(from);
  return derivationFromJson(JSON.parse(text.replace(from, to)));
};

describe('a derivation as JSON', () => {
  it('states every step with its exact value', () => {
    expect(JSON_FORM).toEqual({
      op: 'minus',
      of: [
        {
          op: 'share',
          whole: {
            op: 'round',
            of: [
              {
                op: 'over',
                of: [
                  {
                    op: 'times',
                    of: [
                      { op: 'input', name: 'price', source: 'plan:pro@1/fee', value: '100000' },
                      { op: 'input', name: 'days', value: '10' },
                    ],
                    value: '1000000',
                  },
                  { op: 'input', name: 'days_of_period', value: '31' },
                ],
                value: '1000000/31',
              },
            ],
            value: '32258',
          },
          weights: ['100', '200'],
          index: 1,
          value: '21505',
        },
        { op: 'input', name: 'billed_before', value: '7' },
      ],
      value: '21498',
    });
  });

  it('is read back as it was written', () => {
    expect(derivationFromJson(JSON.parse(JSON.stringify(JSON_FORM)))).toEqual(DERIVATION);
  });

  it('is refused when any value was changed', () => {
    const changes = [
      ['"21498"', '"21499"'],
      ['"32258"', '"32259"'],
      ['"1000000/31"', '"1000001/31"'],
      ['"100000"', '"100001"'],
      ['"10"', '"11"'],
      ['"100"', '"101"'],
      ['"index":1', '"index":0'],
      ['"index":1', '"index":2'],
      ['"round"', '"ceiling"'],
      ['"minus"', '"plus"'],
    ] as const;
    for (const [from, to] of changes) expect([from, changed(from, to)]).toEqual([from, undefined]);
  });

  it('is refused when its shape is not exactly the promised one', () => {
    const shapes = [
      ['"days"', '"nights"'],
      ['"over"', '"power"'],
      ['"value":"7"', '"value":7'],
      ['"value":"7"', '"value":"14/2"'],
      ['"value":"7"', '"value":"7.0"'],
      ['"value":"7"', '"value":"7","note":"x"'],
      ['"index":1', '"index":1.0000001'],
      ['"index":1', '"index":-1'],
      ['"200"', '"-200"'],
      ['"200"', '"400/2"'],
    ] as const;
    for (const [from, to] of shapes) expect([from, changed(from, to)]).toEqual([from, undefined]);
    for (const json of [undefined, null, 7, '7', [], {}, { op: 'plus', of: [], value: '0' }]) {
      expect(derivationFromJson(json)).toBeUndefined();
    }
  });

  it('is refused, not computed, when it makes no sense', () => {
    const one = { op: 'input', name: 'one', value: '1' };
    const zero = { op: 'input', name: 'nothing', value: '0' };
    const refused = [
      { op: 'over', of: [one, zero], value: '0' },
      { op: 'round', of: [one, one], value: '1' },
      { op: 'minus', of: [one], value: '1' },
      { op: 'share', whole: one, weights: ['0'], index: 0, value: '1' },
      {
        op: 'share',
        whole: { op: 'input', name: 'one', value: '1/2' },
        weights: ['1'],
        index: 0,
        value: '1/2',
      },
    ];
    for (const json of refused) expect(derivationFromJson(json)).toBeUndefined();
    expect(derivationFromJson({ op: 'over', of: [one, one], value: '1' })).toBeDefined();
  });

  it('is refused when it is made to keep a reader busy', () => {
    let deep: DerivationJson = { op: 'input', name: 'one', value: '1' };
    for (let depth = 0; depth < 100_000; depth++) deep = { op: 'plus', of: [deep], value: '1' };
    expect(derivationFromJson(deep)).toBeUndefined();
    const big = { op: 'input', name: 'price', value: '9'.repeat(150) };
    const of = Array.from({ length: 1000 }, () => big);
    expect(derivationFromJson({ op: 'times', of, value: '1' })).toBeUndefined();
    expect(derivationFromJson({ ...big, value: '9'.repeat(201) })).toBeUndefined();
  });
});
