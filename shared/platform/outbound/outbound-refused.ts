/** Why a call was not made, or its answer not taken. */
export const OUTBOUND_REFUSALS = [
  'url_form',
  'scheme',
  'port',
  'host_literal',
  'host_local',
  'address_not_public',
  'redirect',
  'status',
  'answer_encoded',
  'answer_too_large',
] as const;
export type OutboundRefusal = (typeof OUTBOUND_REFUSALS)[number];

/** The guard stopped a call. It tells the rule and quotes nothing: addresses come from outside, too. */
export class OutboundRefused extends Error {
  readonly refusal: OutboundRefusal;

  constructor(refusal: OutboundRefusal) {
    super(`outbound_refused: ${refusal}`);
    this.name = 'OutboundRefused';
    this.refusal = refusal;
  }
}
