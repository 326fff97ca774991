import { isObject } from '#local/acquirers/api-json.ts';
import { GATEWAYS, type GatewayName } from '#local/acquirers/payment.ts';
import { isGatewayName } from '#local/acquirers/shops.ts';
import type { PeakFactor } from './background-load.ts';
import { STAGES, type StageName } from './snapshot.ts';

/** What the page may ask for. */
export type Action =
  | { readonly does: 'peak'; readonly factor: PeakFactor }
  | { readonly does: 'slow' | 'unslow'; readonly stage: StageName }
  | { readonly does: 'outage'; readonly gateway: GatewayName; readonly isOut: boolean }
  | { readonly does: 'pay'; readonly gateway: GatewayName };

const FACTORS: readonly PeakFactor[] = [0, 1, 5, 20];

/** Reads an action from its name and body; `undefined` when it is not one of those that exist. */
export function readAction(name: string, body: unknown, random: () => number): Action | undefined {
  if (!isObject(body)) return undefined;
  const { factor, stage, gateway, isOut } = body;
  switch (name) {
    case 'peak': {
      const known = FACTORS.find((one) => one === factor);
      return known === undefined ? undefined : { does: 'peak', factor: known };
    }
    case 'slow':
    case 'unslow': {
      const known = STAGES.find((one) => one === stage);
      return known === undefined ? undefined : { does: name, stage: known };
    }
    case 'outage':
      if (!isNameOfGateway(gateway) || typeof isOut !== 'boolean') return undefined;
      return { does: 'outage', gateway, isOut };
    case 'pay':
      if (gateway === undefined) return { does: 'pay', gateway: anyGateway(random) };
      return isNameOfGateway(gateway) ? { does: 'pay', gateway } : undefined;
    default:
      return undefined;
  }
}

function isNameOfGateway(value: unknown): value is GatewayName {
  return typeof value === 'string' && isGatewayName(value);
}

function anyGateway(random: () => number): GatewayName {
  return GATEWAYS[Math.floor(random() * GATEWAYS.length)] ?? GATEWAYS[0];
}
