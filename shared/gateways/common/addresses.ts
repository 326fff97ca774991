import { BlockList, isIP } from 'node:net';
import * as z from 'zod';
import { refuse } from './refused.ts';

const compiled = new WeakMap<readonly string[], BlockList>();

/** Refuses a request that does not come from the gateway. An empty list means that the operator switched this off. */
export function requireAllowedAddress(sourceIp: string, ranges: readonly string[]): void {
  if (ranges.length > 0 && !isInRanges(sourceIp, ranges)) {
    refuse('address_not_allowed', 'the source address is outside the ranges of the gateway');
  }
}

/** Whether an address is in one of the ranges: `185.71.76.0/27`, `2a02:5180::/32`, or one address. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  return listOf(ranges).check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function listOf(ranges: readonly string[]): BlockList {
  const known = compiled.get(ranges);
  if (known) return known;
  const list = new BlockList();
  for (const range of ranges) {
    const parsed = parseRange(range);
    // A range that cannot be read lets nobody in; the account schema reports it.
    if (parsed) list.addSubnet(parsed.net, parsed.prefix, parsed.family);
  }
  compiled.set(ranges, list);
  return list;
}

type Range = { readonly net: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' };

function parseRange(text: string): Range | undefined {
  const match = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text);
  const [, net = '', prefixText] = match ?? [];
  const version = isIP(net);
  if (version === 0) return undefined;
  const longest = version === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? longest : Number(prefixText);
  if (prefix > longest) return undefined;
  return { net, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}

/** Schema of `allowedAddresses` in an account. */
export const addressRanges = z.array(
  z.string().refine((text) => parseRange(text) !== undefined, 'not an address or a CIDR range'),
);
