import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { epochMs, type Instant } from '#shared/kernel/time.ts';
import { callApi } from '../common/api-call.ts';
import { refuse } from '../common/refused.ts';
import type { GatewayDeps } from '../gateway.ts';

/** PayPal signs with a handful of certificates at a time. */
const CACHE_LIMIT = 20;

/** A certificate never changes under its address, so it is downloaded once per process. */
const chains = new Map<string, string>();

/** The hosts that may hand out signing certificates, by the kind of account. */
const HOSTS = {
  live: ['api.paypal.com', 'api-m.paypal.com'],
  test: ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'],
} as const;

/** Refuses an address that is not PayPal's own: it comes from whoever sent the message. */
export function requirePaypalAddress(certUrl: string, isTest: boolean): void {
  const url = URL.canParse(certUrl) ? new URL(certUrl) : undefined;
  const hosts: readonly string[] = isTest ? HOSTS.test : HOSTS.live;
  const isOurs =
    url?.protocol === 'https:' &&
    hosts.includes(url.host) &&
    /^\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,80}$/.test(url.pathname) &&
    url.search === '';
  if (!isOurs) refuse('signature_mismatch', 'paypal-cert-url');
}

/** Downloads the certificate that signed a message and gives its PEM, or refuses. */
export async function signingCertificate(
  certUrl: string,
  at: Instant,
  deps: GatewayDeps,
  roots: readonly string[] = rootCertificates,
): Promise<string> {
  const known = chains.get(certUrl);
  const chain = known ?? (await download(certUrl, deps));
  const leaf = trustedLeaf(chain, at, roots);
  if (known === undefined && chains.size < CACHE_LIMIT) chains.set(certUrl, chain);
  return leaf;
}

async function download(certUrl: string, deps: GatewayDeps): Promise<string> {
  const { status, text } = await callApi(
    { gateway: 'paypal', method: 'GET', url: certUrl, headers: { accept: '*/*' } },
    deps,
  );
  return status === 200 ? text : refuse('signature_mismatch', 'paypal-cert-url');
}

/** The first certificate of a chain, when each is in force, signed by the next, and the last by a root. */
export function trustedLeaf(chain: string, at: Instant, roots: readonly string[]): string {
  const pems = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = pems.slice(0, 6).map(certificateOf);
  const [leaf] = certificates;
  if (!leaf || !isPaypals(leaf) || !certificates.every((each) => isInForce(each, at))) {
    return refuse('signature_mismatch', 'the certificate is not in force or not of PayPal');
  }
  const isLinked = certificates.every((each, index) => {
    const next = certificates[index + 1];
    return next === undefined ? isRooted(each, roots) : isIssuedBy(each, next) && next.ca;
  });
  return isLinked ? leaf.toString() : refuse('signature_mismatch', 'the certificate has no root');
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    return refuse('signature_mismatch', 'the certificate is unreadable');
  }
}

function isPaypals({ subject }: X509Certificate): boolean {
  return /^CN=(?:[a-z0-9-]+\.)*paypal\.com$/im.test(subject);
}

function isInForce(certificate: X509Certificate, at: Instant): boolean {
  const moment = epochMs(at);
  return Date.parse(certificate.validFrom) <= moment && moment <= Date.parse(certificate.validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isRooted(certificate: X509Certificate, roots: readonly string[]): boolean {
  return roots.map(certificateOf).some((root) => isIssuedBy(certificate, root));
}
