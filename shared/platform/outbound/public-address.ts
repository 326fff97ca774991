import { BlockList, isIP } from 'node:net';

/**
 * Blocks of IPv4 that are not ordinary public hosts: the special-purpose registry of IANA (RFC 6890
 * and its successors), multicast, and the one metadata address outside of them.
 */
const SPECIAL_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private use
  '100.64.0.0/10', // carrier-grade NAT; Alibaba's metadata is in it
  '127.0.0.0/8', // loopback; Lambda's own runtime API is in it
  '168.63.129.16/32', // Azure's platform services
  '169.254.0.0/16', // link-local: metadata of AWS, Google, Azure, and the credentials of containers
  '172.16.0.0/12', // private use
  '192.0.0.0/24', // protocol assignments; Oracle's metadata is in it
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private use
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast at its end
] as const;

/**
 * Of IPv6 only global unicast is taken, so mapped, compatible and NAT64 forms of IPv4, unique local,
 * link-local, site-local and multicast addresses, and whatever will be invented, are outside already.
 */
const GLOBAL_V6 = ['2000::/3'] as const;

/** Blocks inside global unicast that are not ordinary hosts. */
const SPECIAL_V6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4 wraps any address of IPv4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
] as const;

const specialV4 = listOf(SPECIAL_V4, 'ipv4');
const specialV6 = listOf(SPECIAL_V6, 'ipv6');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');

/** Whether an address belongs to an ordinary host of the public internet. What cannot be read does not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialV4.check(address, 'ipv4');
    case 6:
      // A zone (`%eth0`) only makes sense on a link: the list would ignore it.
      return (
        !address.includes('%') &&
        globalV6.check(address, 'ipv6') &&
        !specialV6.check(address, 'ipv6')
      );
    default:
      return false;
  }
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
