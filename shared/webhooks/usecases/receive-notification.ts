import { createHash } from 'node:crypto';
import type { FindAccount } from '#shared/gateways/accounts.ts';
import type { AnyGateway } from '#shared/gateways/common/any-gateway.ts';
import type {
  Acknowledgement,
  GatewayDeps,
  RawRequest,
  Reception,
  Refusal,
} from '#shared/gateways/gateway.ts';
import {
  SETTLE_PAYMENT,
  type SettlePaymentCommand,
} from '#shared/payments/contracts/settle-payment.ts';
import { newUlid } from '#shared/platform/ids.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import type { Metrics } from '#shared/platform/metrics.ts';
import type { Sealer } from '#shared/platform/sealed-box.ts';
import { rawToBytes } from '#shared/webhooks/domain/raw-record.ts';
import type { WebhookPorts } from '#shared/webhooks/ports.ts';

/** Larger than any notification of any gateway; a sealed copy still fits into a table item of 400 KB. */
export const BODY_LIMIT_BYTES = 192 * 1024;
/** One environment keeps at most this many refused requests a minute: a flood must not fill the table. */
const KEPT_PER_MINUTE = 120;
/** The address is the sender's to choose: what cannot be an id may be an e-mail, and stays in the sealed copy. */
const SELLER_ID = /^[A-Za-z0-9_-]{0,64}$/;
const NO_SELLER_ID = '(not an id)';
const MINUTE_CHARS = 'YYYY-MM-DDTHH:MM'.length;

export type ReceiveNotificationDeps = WebhookPorts & {
  readonly gateway: AnyGateway;
  readonly findAccount: FindAccount;
  readonly gatewayDeps: GatewayDeps;
  readonly sealer: Sealer;
  readonly metrics: Metrics;
};

/**
 * Takes one notification: verifies, reads, queues, and only then acknowledges in the gateway's dialect.
 *
 * Throws when the queue cannot take it: no acknowledgement means that the gateway will come again.
 */
export function createReceiveNotification(deps: ReceiveNotificationDeps) {
  const keep = createKeeper(deps);
  return async (seller: string, request: RawRequest): Promise<Acknowledgement> => {
    const { gateway } = deps;
    if (request.body.byteLength > BODY_LIMIT_BYTES) {
      return keep(
        seller,
        request,
        'body_too_large',
        `body is larger than ${BODY_LIMIT_BYTES} bytes`,
      );
    }
    if (request.kind !== undefined && !gateway.kinds.includes(request.kind)) {
      return keep(
        seller,
        request,
        'kind_unknown',
        'the last path segment is not a notification type',
      );
    }
    const reception = await verified(deps, seller, request);
    if (!reception)
      return keep(seller, request, 'seller_unknown', 'the seller has no account here');
    return act(deps, keep, seller, request, reception);
  };
}

/**
 * Lets the gateway judge, and asks again with what is stored now before it calls a message forged:
 * it may be signed with a secret that was added a moment ago. While that cannot be read, nothing is
 * refused: the error makes the gateway come again. `undefined`: the seller has no account.
 */
async function verified(
  { gateway, findAccount, gatewayDeps }: ReceiveNotificationDeps,
  seller: string,
  request: RawRequest,
): Promise<Reception | undefined> {
  const account = await findAccount(gateway, seller);
  const reception = account && (await gateway.receive(request, account, gatewayDeps));
  const isDoubtful =
    !reception || (reception.outcome === 'refused' && reception.refusal === 'signature_mismatch');
  if (!isDoubtful) return reception;
  const fresh = await findAccount(gateway, seller, 'fresh');
  if (fresh === account) return reception;
  return fresh && gateway.receive(request, fresh, gatewayDeps);
}

type Keep = (
  seller: string,
  request: RawRequest,
  refusal: Refusal,
  detail: string,
  acknowledgement?: Acknowledgement,
) => Promise<Acknowledgement>;

async function act(
  deps: ReceiveNotificationDeps,
  keep: Keep,
  seller: string,
  request: RawRequest,
  reception: Reception,
): Promise<Acknowledgement> {
  const { gateway, metrics } = deps;
  switch (reception.outcome) {
    case 'statements':
      await deps.enqueue(seller, await commandsOf(deps, request, reception));
      metrics.add('Received', reception.statements.length, 'Count', { Gateway: gateway.name });
      return reception.acknowledgement;
    case 'ignored':
      metrics.add('Ignored', 1, 'Count', { Gateway: gateway.name });
      return reception.acknowledgement;
    case 'question':
      return reception.answer(await deps.invoiceFacts(seller, reception.question.invoiceId));
    case 'refused':
      return keep(seller, request, reception.refusal, reception.detail, reception.acknowledgement);
    default:
      return reception satisfies never;
  }
}

async function commandsOf(
  { sealer }: ReceiveNotificationDeps,
  request: RawRequest,
  { statements }: Extract<Reception, { outcome: 'statements' }>,
): Promise<SettlePaymentCommand[]> {
  const raw = await sealRaw(sealer, request);
  const { receivedAt } = request;
  return statements.map((statement) => ({ command: SETTLE_PAYMENT, statement, receivedAt, raw }));
}

async function sealRaw(sealer: Sealer, request: RawRequest) {
  const bytes = rawToBytes(request);
  const sealed = await sealer.seal(bytes);
  return { ...sealed, sha256: messageHash(request) };
}

/**
 * Identifies a message by what the sender controls. The moment of receipt is left out, so that a
 * redelivery is recognised as the same message.
 */
export function messageHash({ method, kind, query, body }: RawRequest): string {
  return createHash('sha256')
    .update(`${method}\n${kind ?? ''}\n${query}\n`)
    .update(body)
    .digest('hex');
}

/** Counts a refusal, keeps it while there are not too many, and gives the gateway's own refusal. */
function createKeeper(deps: ReceiveNotificationDeps): Keep {
  let minute = '';
  let kept = 0;
  return async (seller, request, refusal, detail, acknowledgement) => {
    deps.metrics.add('Refused', 1, 'Count', { Gateway: deps.gateway.name, Reason: refusal });
    const now = request.receivedAt.slice(0, MINUTE_CHARS);
    if (now !== minute) [minute, kept] = [now, 0];
    if (kept++ < KEPT_PER_MINUTE) {
      const raw = await copyOf(deps.sealer, request);
      await deps.keepRefused({
        id: newUlid(request.receivedAt),
        gateway: deps.gateway.name,
        seller: SELLER_ID.test(seller) ? seller : NO_SELLER_ID,
        at: request.receivedAt,
        refusal,
        detail,
        method: request.method,
        kind: deps.gateway.kinds.find((known) => known === request.kind),
        sourceIp: request.sourceIp,
        bodyBytes: request.body.byteLength,
        ...(raw && { raw }),
      });
    }
    return acknowledgement ?? deps.gateway.refusalFor(refusal);
  };
}

/** The answer to the gateway is right with or without the copy. */
async function copyOf(sealer: Sealer, request: RawRequest) {
  if (request.body.byteLength > BODY_LIMIT_BYTES) return undefined;
  try {
    return await sealRaw(sealer, request);
  } catch (error) {
    logger.warn('refused delivery kept without its copy', reasonOf(error));
    return undefined;
  }
}
