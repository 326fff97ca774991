import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Whether a browser that shows somebody else's page could have been made to send this.
 *
 * The name in `Host` must be this machine's own: a stranger's domain that resolves to loopback
 * brings its own name. What changes something must come from this page, and as JSON, which no form
 * can send and no script of another origin without being asked about first.
 */
export function refusalOf(method: string, headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host)) return 'this page answers on loopback only';
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (origin !== undefined && origin !== `http://${host}`)
    return 'the request is of another origin';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return 'the request is of another site';
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' ? undefined : 'the body must be JSON';
}
