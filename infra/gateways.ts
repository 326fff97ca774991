import { gateways } from '#shared/gateways/registry.ts';

/** What the infrastructure needs to know of a gateway. */
export type GatewayIngress = {
  readonly name: string;
  readonly methods: readonly ('GET' | 'POST')[];
};

/** The gateways to deploy: all of the registry, or those that the settings name. */
export function deployedGateways(names: string | undefined): GatewayIngress[] {
  const known = gateways.map(({ name, methods }) => ({ name, methods }));
  if (names === undefined) return known;
  return names.split(',').map((text) => {
    const name = text.trim();
    const gateway = known.find((candidate) => candidate.name === name);
    if (gateway) return gateway;
    throw new Error(`There is no gateway ${name}; known: ${known.map((k) => k.name).join(', ')}.`);
  });
}
