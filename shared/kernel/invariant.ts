/** A bug, not a refusal: something that the code promises never to happen has happened. */
export class InvariantViolation extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvariantViolation';
  }
}

/** Stops this message, never the batch, when `holds` is false. */
export function invariant(holds: unknown, message: string): asserts holds {
  if (!holds) throw new InvariantViolation(message);
}
