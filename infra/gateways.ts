import { gateways } from '#shared/gateways/registry.ts';

/** What the infrastructure needs to know of a gateway. */
export type GatewayIngress = {
  readonly name: string;
  readonly methods: readonly ('GET' | 'POST')[];
  /** Settlement may have to ask its API, so it needs the credentials. */
  readonly isReread: boolean;
  /** Operators make links or refunds through its API. */
  readonly isOperated: boolean;
};

/** The gateway whose dialect the synthetic payment speaks, so it is always deployed. */
export const SYNTHETIC_GATEWAY = 'tbank';

/** The gateways to deploy: all of the registry, or those that the settings name. */
export function deployedGateways(names: string | undefined): GatewayIngress[] {
  const known = gateways.map(({ name, methods, api }) => ({
    name,
    methods,
    isReread: api.readPayment !== undefined,
    isOperated: api.createLink !== undefined || api.refund !== undefined,
  }));
  if (names === undefined) return known;
  const wanted = new Set([SYNTHETIC_GATEWAY, ...names.split(',').map((name) => name.trim())]);
  return [...wanted].map((name) => {
    const gateway = known.find((candidate) => candidate.name === name);
    if (gateway) return gateway;
    throw new Error(`There is no gateway ${name}; known: ${known.map((k) => k.name).join(', ')}.`);
  });
}
