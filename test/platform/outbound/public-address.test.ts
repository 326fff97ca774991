import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '#shared/platform/outbound/public-address.ts';
import { isPublicByOracle, NOT_PUBLIC, numberOf, textOf } from './address-oracle.ts';

const RUNS = Number(process.env['OUTBOUND_FUZZ_RUNS'] ?? 100_000);

/** Blocks that touch no other: what stands right before and after them is public. */
const around = NOT_PUBLIC.flatMap((block) => {
  const before = { family: block.family, value: block.first - 1n };
  const after = { family: block.family, value: block.last + 1n };
  const most = block.family === 4 ? (1n << 32n) - 1n : (1n << 128n) - 1n;
  return [before, after]
    .filter(({ value }) => value >= 0n && value <= most)
    .map((address) => ({ ...address, name: block.name }));
});

describe('a public address', () => {
  it.each(NOT_PUBLIC)('is none of $name', ({ family, first, last }) => {
    const middle = first + (last - first) / 2n;
    for (const value of [first, middle, last]) {
      expect([textOf(family, value), isPublicAddress(textOf(family, value))]).toEqual([
        textOf(family, value),
        false,
      ]);
    }
  });

  it.each(around)('right beside $name is judged by its own block', ({ family, value }) => {
    const text = textOf(family, value);
    expect([text, isPublicAddress(text)]).toEqual([text, isPublicByOracle(family, value)]);
  });

  it('begins and ends where the blocks do: most neighbours are public', () => {
    const open = around.filter(({ family, value }) => isPublicByOracle(family, value));
    expect(open.filter(({ family }) => family === 4).length).toBeGreaterThan(20);
    expect(open.filter(({ family }) => family === 6).length).toBeGreaterThan(5);
  });

  it.each(['8.8.8.8', '91.194.226.10', '1.1.1.1', '2a02:5180::1', '2606:4700::1111'])(
    '%s is one',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ['the metadata of AWS', '169.254.169.254'],
    ['the metadata of AWS over IPv6', 'fd00:ec2::254'],
    ['the credentials of a container', '169.254.170.2'],
    ['the time server of AWS', '169.254.169.123'],
    ['the metadata of Azure', '168.63.129.16'],
    ['the metadata of Oracle', '192.0.0.192'],
    ['the metadata of Alibaba', '100.100.100.200'],
    ['IPv4 mapped', '::ffff:169.254.169.254'],
    ['IPv4 mapped, in hex', '::ffff:a9fe:a9fe'],
    ['a public IPv4, mapped', '::ffff:8.8.8.8'],
    ['IPv4 compatible', '::127.0.0.1'],
    ['IPv4 translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::169.254.169.254'],
    ['local NAT64', '64:ff9b:1::a9fe:a9fe'],
    ['6to4', '2002:a9fe:a9fe::1'],
    ['Teredo', '2001:0:a9fe:a9fe::1'],
    ['a link', 'fe80::1'],
    ['a link with its zone', 'fe80::1%eth0'],
    ['a public address with a zone', '2a02:5180::1%eth0'],
    ['site-local', 'fec0::1'],
    ['nothing', ''],
    ['a name', 'gateway.example'],
    ['a decimal', '2130706433'],
    ['octal', '0177.0.0.1'],
    ['hexadecimal', '0x7f.0.0.1'],
    ['short', '127.1'],
    ['white space', ' 8.8.8.8'],
    ['brackets', '[2a02:5180::1]'],
    ['a port', '8.8.8.8:443'],
  ])('is not %s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  const edges = NOT_PUBLIC.flatMap(({ family, first, last }) =>
    [first, last].map((value) => ({ family, value })),
  );
  const nearEdge = fc
    .tuple(fc.constantFrom(...edges), fc.bigInt({ min: -3n, max: 3n }))
    .map(([{ family, value }, shift]) => ({ family, value: value + shift }))
    .filter(({ family, value }) => value >= 0n && value < 1n << (family === 4 ? 32n : 128n));
  const anywhere = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((value) => ({ family: 4 as const, value })),
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => ({ family: 6 as const, value })),
    fc.bigInt({ min: 0n, max: (1n << 125n) - 1n }).map((value) => ({
      family: 6 as const,
      value: (1n << 125n) + value,
    })),
  );

  it(`agrees with plain arithmetic on ${RUNS} addresses`, () => {
    let open = 0;
    fc.assert(
      fc.property(fc.oneof(nearEdge, anywhere), ({ family, value }) => {
        const expected = isPublicByOracle(family, value);
        if (expected) open += 1;
        return isPublicAddress(textOf(family, value)) === expected;
      }),
      { numRuns: RUNS },
    );
    expect(open).toBeGreaterThan(RUNS / 10);
    expect(open).toBeLessThan(RUNS * 0.9);
  }, 300_000);

  it('is read by the oracle as it is written', () => {
    expect(numberOf('255.255.255.255')).toBe((1n << 32n) - 1n);
    expect(numberOf('2001:db8::1')).toBe(0x2001_0db8n * (1n << 96n) + 1n);
    expect(textOf(4, numberOf('10.1.2.3'))).toBe('10.1.2.3');
  });
});
