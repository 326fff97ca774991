import { handle } from 'hono/aws-lambda';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { createApp } from './app.ts';

export type HandleRequestDeps = {
  readonly ports: OperatorApiPorts;
  /** The committed OpenAPI document. */
  readonly description: { readonly openapi: string };
};

/** The function behind the operator API: every write and every failure of ours leaves a line. */
export function createHandler({ ports, description }: HandleRequestDeps) {
  return handle(
    createApp({
      ports,
      description,
      logWrite: (entry) => logger.info('operator request', entry),
      logFailure: (error) => logger.error('request failed', reasonOf(error)),
    }),
  );
}
