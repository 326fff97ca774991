/**
 * What a public address is, a second time and in another way: blocks as first and last address, after
 * the registries of IANA, compared as numbers. The product's list is of prefixes in a `BlockList`.
 */
export type Family = 4 | 6;
export type Block = {
  readonly name: string;
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
};

const BLOCKS: readonly (readonly [name: string, first: string, last: string])[] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private 10', '10.0.0.0', '10.255.255.255'],
  ['carrier-grade NAT', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['the platform of Azure', '168.63.129.16', '168.63.129.16'],
  ['link-local', '169.254.0.0', '169.254.255.255'],
  ['private 172', '172.16.0.0', '172.31.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['documentation 1', '192.0.2.0', '192.0.2.255'],
  ['AS112 DNAME', '192.31.196.0', '192.31.196.255'],
  ['AMT', '192.52.193.0', '192.52.193.255'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255'],
  ['private 192', '192.168.0.0', '192.168.255.255'],
  ['AS112 direct', '192.175.48.0', '192.175.48.255'],
  ['benchmarks', '198.18.0.0', '198.19.255.255'],
  ['documentation 2', '198.51.100.0', '198.51.100.255'],
  ['documentation 3', '203.0.113.0', '203.0.113.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved', '240.0.0.0', '255.255.255.255'],
  [
    'everything before global unicast',
    '0:0:0:0:0:0:0:0',
    '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ],
  ['unspecified', '::', '::'],
  ['loopback of IPv6', '::1', '::1'],
  ['compatible IPv4', '::2', '::ffff:ffff'],
  ['mapped IPv4', '::ffff:0:0', '::ffff:ffff:ffff'],
  ['NAT64', '64:ff9b::', '64:ff9b::ffff:ffff'],
  ['local NAT64', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['discard', '100::', '100::ffff:ffff:ffff:ffff'],
  ['protocol assignments of IPv6', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['Teredo', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation of IPv6', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['AS112 of IPv6', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['newer documentation of IPv6', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['everything after global unicast', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['segment routing', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local of IPv6', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['site-local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['multicast of IPv6', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

export const NOT_PUBLIC: readonly Block[] = BLOCKS.map(([name, first, last]) => ({
  name,
  family: first.includes(':') ? 6 : 4,
  first: numberOf(first),
  last: numberOf(last),
}));

export function isPublicByOracle(family: Family, value: bigint): boolean {
  return !NOT_PUBLIC.some(
    (block) => block.family === family && block.first <= value && value <= block.last,
  );
}

/** An address as a number. Plain forms only: dotted quads, and groups with at most one gap. */
export function numberOf(text: string): bigint {
  if (!text.includes(':')) return fold(text.split('.').map(Number), 256n);
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const gap = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return fold([...left, ...gap, ...right], 65_536n);
}

export function textOf(family: Family, value: bigint): string {
  const [parts, base, radix, separator] = family === 4 ? [4, 256n, 10, '.'] : [8, 65_536n, 16, ':'];
  const digits: string[] = [];
  let rest = value;
  for (let part = 0; part < Number(parts); part++) {
    digits.unshift((rest % BigInt(base)).toString(Number(radix)));
    rest /= BigInt(base);
  }
  return digits.join(String(separator));
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function fold(digits: readonly number[], base: bigint): bigint {
  return digits.reduce((sum, digit) => sum * base + BigInt(digit), 0n);
}
