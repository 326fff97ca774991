import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Clock, elapsedMs, type Instant } from '#shared/kernel/time.ts';

/** How long a secret is used before it is read again: a rotation is in force within five minutes. */
const MAX_AGE_MS = 5 * 60_000;

/** How often somebody who doubts a copy may have it read again: a flood of forgeries must not ask more. */
const DOUBT_MS = 10_000;

/** Reads JSON secrets and keeps them for a while. */
export type Secrets = {
  /** `fresh`: for a doubt that the kept copy cannot settle. Throws when it cannot be read again. */
  json(secretId: string, how?: 'fresh'): Promise<unknown>;
};

/**
 * A cache over Secrets Manager. When a refresh fails, the last known value stays in use:
 * refusing payments because the secret store is slow would be worse than an old password.
 */
export function createSecrets(client: SecretsManagerClient, clock: Clock): Secrets {
  const known = new Map<string, { value: unknown; readAt: Instant }>();
  const failed = new Map<string, { error: unknown; at: Instant }>();
  const isWithin = (ms: number, since: Instant) => elapsedMs(since, clock()) < ms;
  return {
    async json(secretId, how) {
      const cached = known.get(secretId);
      if (cached && isWithin(how ? DOUBT_MS : MAX_AGE_MS, cached.readAt)) return cached.value;
      const failure = failed.get(secretId);
      if (how && failure && isWithin(DOUBT_MS, failure.at)) throw failure.error;
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
        const value = parseSecret(secretId, answer.SecretString ?? '{}');
        known.set(secretId, { value, readAt: clock() });
        failed.delete(secretId);
        return value;
      } catch (error) {
        failed.set(secretId, { error, at: clock() });
        if (cached && !how) return cached.value;
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
