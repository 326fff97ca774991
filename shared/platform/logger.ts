import { Logger } from '@aws-lambda-powertools/logger';

/** Structured log lines. Log fields, never events, headers, bodies or errors of unknown origin as a whole. */
export const logger = new Logger({ serviceName: 'priliv' });

/**
 * The name and message of whatever was thrown; its other fields may hold payloads.
 *
 * The field is not called `message`: the logger keeps that name for itself and would drop it.
 */
export function reasonOf(thrown: unknown): { reason: string; detail: string } {
  // A parser quotes the text that it could not read, be it a message or a secret.
  if (thrown instanceof SyntaxError) return { reason: thrown.name, detail: 'unreadable text' };
  if (thrown instanceof Error) return { reason: thrown.name, detail: thrown.message };
  return { reason: 'Unknown', detail: typeof thrown };
}
