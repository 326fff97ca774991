import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Clock, elapsedMs, type Instant } from '#shared/kernel/time.ts';

/** How long a secret is used before it is read again: a rotation is in force within five minutes. */
const MAX_AGE_MS = 5 * 60_000;

/** Reads JSON secrets and keeps them for a while. */
export type Secrets = { json(secretId: string): Promise<unknown> };

/**
 * A cache over Secrets Manager. When a refresh fails, the last known value stays in use:
 * refusing payments because the secret store is slow would be worse than an old password.
 */
export function createSecrets(client: SecretsManagerClient, clock: Clock): Secrets {
  const known = new Map<string, { value: unknown; readAt: Instant }>();
  return {
    async json(secretId) {
      const cached = known.get(secretId);
      if (cached && elapsedMs(cached.readAt, clock()) < MAX_AGE_MS) return cached.value;
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
        const value = parseSecret(secretId, answer.SecretString ?? '{}');
        known.set(secretId, { value, readAt: clock() });
        return value;
      } catch (error) {
        if (cached) return cached.value;
        throw error;
      }
    },
  };
}

/** The parser's own error quotes the text, and this text is a secret. */
function parseSecret(secretId: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError(`secret ${secretId} is not JSON`);
  }
}
