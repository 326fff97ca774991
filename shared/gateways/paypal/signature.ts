import { crc32 } from 'node:zlib';
import { someKeyVerifies } from '../common/public-keys.ts';
import { refuse } from '../common/refused.ts';
import { someSecretFits } from '../common/signatures.ts';
import type { GatewayDeps, RawRequest } from '../gateway.ts';
import type { PaypalAccount } from './account.ts';
import { requirePaypalAddress, signingCertificate } from './certificate.ts';

/** Verifies the transmission signature, or refuses. The signed text has the body's CRC-32 only. */
export async function verifyTransmission(
  request: RawRequest,
  account: PaypalAccount,
  deps: GatewayDeps,
): Promise<void> {
  const header = (name: string) => request.headers[name] || refuse('signature_missing', name);
  const id = header('paypal-transmission-id');
  const time = header('paypal-transmission-time');
  const signature = Buffer.from(header('paypal-transmission-sig'), 'base64');
  const certUrl = header('paypal-cert-url');
  if (header('paypal-auth-algo') !== 'SHA256withRSA') {
    refuse('signature_mismatch', 'paypal-auth-algo');
  }
  requirePaypalAddress(certUrl, account.test);
  const keys =
    account.pinnedKeys.length > 0
      ? account.pinnedKeys
      : [await signingCertificate(certUrl, request.receivedAt, deps)];
  const fits = someSecretFits(account.webhookIds, (webhookId) => {
    const signed = `${id}|${time}|${webhookId}|${crc32(request.body)}`;
    return someKeyVerifies(keys, 'sha256', Buffer.from(signed, 'utf8'), signature);
  });
  if (!fits) refuse('signature_mismatch', 'paypal-transmission-sig');
}
