import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import type { RereadPayment } from '#shared/payments/ports.ts';
import type { RereadStrike } from '../faults/fault.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { stateOf } from './statements.ts';
import { nameOf, type PlannedPayment } from './story.ts';

export type GatewayModelOptions = {
  readonly scheduler: Scheduler;
  readonly runtime: Runtime;
  readonly payments: readonly PlannedPayment[];
  onReread(key: string): RereadStrike | undefined;
};

/** The gateways' own APIs: they know what happened, and may be down, stubborn or behind. */
export function createGatewayModel(options: GatewayModelOptions): RereadPayment {
  const { scheduler, runtime, onReread } = options;
  const known = new Map(options.payments.map((payment) => [nameOf(payment), payment]));
  const asked = new Map<string, number>();
  return async (statement) => {
    const name = `${statement.seller}/${statement.gateway}:${statement.paymentId}`;
    const payment = known.get(name);
    if (!payment) throw new GatewayDeclined('not_found', 'no such payment');
    const times = (asked.get(name) ?? 0) + 1;
    asked.set(name, times);
    const strike = onReread(`${name}:ask${times}`);
    let atMs = scheduler.now();
    await runtime.call('gateway', 'readPayment', {}, async () => {
      atMs = scheduler.now();
      return {};
    });
    if (strike?.do === 'unavailable') throw new GatewayUnavailable('simulated outage');
    if (strike?.do === 'decline') throw new GatewayDeclined('simulated', 'simulated refusal');
    return stateOf(payment, atMs - (strike?.do === 'stale' ? strike.byMs : 0));
  };
}
