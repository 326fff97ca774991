import type { AnyGateway } from '#shared/gateways/common/any-gateway.ts';
import type { Reception } from '#shared/gateways/gateway.ts';
import type { SettlePaymentCommand } from '#shared/payments/contracts/settle-payment.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import type { SealedBox } from '#shared/platform/sealed-box.ts';
import type { RefusedDelivery } from '#shared/webhooks/domain/refused-delivery.ts';
import type { WebhookPorts } from '#shared/webhooks/ports.ts';
import {
  createReceiveNotification,
  type ReceiveNotificationDeps,
} from '#shared/webhooks/usecases/receive-notification.ts';
import { NOW, noFetch } from '#test/gateways/request.ts';
import { statement } from '#test/payments/builders.ts';

export const ACKNOWLEDGED = { status: 200, body: 'OK' };
export const CAPTURED = {
  outcome: 'statements' as const,
  statements: [statement()],
  acknowledgement: ACKNOWLEDGED,
} satisfies Reception;

/** A gateway that makes of every request what the test says. */
export function fakeGateway(reception: () => Reception | Promise<Reception>): AnyGateway {
  return {
    name: 'fake',
    methods: ['POST'],
    kinds: ['pay', 'refund'],
    parseAccount: () => ({ seller: 'school', test: false, apiBaseUrl: 'https://api.example' }),
    receive: async () => reception(),
    refusalFor: (refusal) => ({ status: 400, body: `refused ${refusal}` }),
    api: {},
  };
}

/** Everything behind the door, in memory: what was queued, kept, sealed and counted. */
export function door(
  reception: Reception | (() => Reception) = CAPTURED,
  changes: Partial<ReceiveNotificationDeps> = {},
) {
  const queued: { seller: string; commands: readonly SettlePaymentCommand[] }[] = [];
  const kept: RefusedDelivery[] = [];
  const sealed: Uint8Array[] = [];
  const lines: string[] = [];
  const metrics = createMetrics((line) => lines.push(line));
  const ports: WebhookPorts = {
    enqueue: async (seller, commands) => void queued.push({ seller, commands }),
    keepRefused: async (delivery) => void kept.push(delivery),
    invoiceFacts: async () => undefined,
  };
  const seal = async (plain: Uint8Array): Promise<SealedBox> => {
    sealed.push(plain);
    return { box: `box-${sealed.length}`, key: 'key' };
  };
  const receive = createReceiveNotification({
    ...ports,
    gateway: fakeGateway(typeof reception === 'function' ? reception : () => reception),
    findAccount: async (gateway, seller) =>
      seller === 'school' ? gateway.parseAccount({}) : undefined,
    gatewayDeps: { fetch: noFetch, now: () => NOW },
    sealer: { seal },
    metrics,
    ...changes,
  });
  /** The values of a metric, with the dimensions they were counted under. */
  const counted = (name: string) => {
    metrics.flush(NOW);
    return lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => name in line)
      .map(({ [name]: values, Gateway, Reason }) => ({ values, Gateway, Reason }));
  };
  return { receive, queued, kept, sealed, counted };
}
