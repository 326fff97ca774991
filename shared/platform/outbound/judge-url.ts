import { isIP } from 'node:net';
import type { OutboundRefusal } from './outbound-refused.ts';

export type UrlRules = {
  /** Ports that may be called over TLS. */
  readonly ports: readonly number[];
  /** Plain HTTP to an address of loopback, written as such. Only the local cloud has this. */
  readonly loopback: boolean;
};

export type UrlVerdict =
  | { readonly verdict: 'resolve'; readonly url: URL }
  | { readonly verdict: 'loopback'; readonly url: URL }
  | { readonly verdict: 'refused'; readonly refusal: OutboundRefusal };

/** Scheme, host and port and nothing else: no user, no escapes, no backslash, no white space. */
const AUTHORITY = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?=[/?#]|$)/i;
/** Names for machines nearby, whatever their addresses are: a second lock on the same door. */
const NEARBY =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const HTTPS_PORT = 443;

/**
 * Decides what can be decided before a name is resolved.
 *
 * The host must stand in the text exactly as the parser understood it. So decimal, octal,
 * hexadecimal and short forms of addresses, full-width digits and escapes need no list of their own:
 * the parser rewrites them, and what is rewritten is refused.
 */
export function judgeUrl(text: string, { ports, loopback }: UrlRules): UrlVerdict {
  const written = AUTHORITY.exec(text)?.[2]?.toLowerCase();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || written !== url.hostname || url.username !== '' || url.password !== '') {
    return refused('url_form');
  }
  if (loopback && isLoopback(url)) return { verdict: 'loopback', url };
  if (url.protocol !== 'https:') return refused('scheme');
  if (!ports.includes(url.port === '' ? HTTPS_PORT : Number(url.port))) return refused('port');
  if (url.hostname.startsWith('[') || isIP(url.hostname) !== 0) return refused('host_literal');
  const labels = url.hostname.split('.');
  if (!labels.every((label) => LABEL.test(label))) return refused('url_form');
  if (labels.length < 2 || NEARBY.test(url.hostname)) return refused('host_local');
  return { verdict: 'resolve', url };
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]');
}

function refused(refusal: OutboundRefusal): UrlVerdict {
  return { verdict: 'refused', refusal };
}
