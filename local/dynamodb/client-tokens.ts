import { hash } from 'node:crypto';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { isObject } from './input.ts';

const REMEMBERED_MS = 10 * 60 * 1000;

type Remembered = { digest: string; atMs: number };

/** Tokens of transactions that went through, for ten minutes. They need not survive a restart. */
export class ClientTokens {
  readonly #tokens = new Map<string, Remembered>();

  /** Whether this very transaction was made already; the token of another one is an error. */
  isReplay(token: string, digest: string, nowMs: number): boolean {
    this.#forgetOld(nowMs);
    const known = this.#tokens.get(token);
    if (!known) return false;
    if (known.digest === digest) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'The provided client token was already used with different parameters',
    );
  }

  remember(token: string, digest: string, nowMs: number): void {
    this.#tokens.set(token, { digest, atMs: nowMs });
  }

  /** The map keeps the order of insertion, so the old ones stand at its beginning. */
  #forgetOld(nowMs: number): void {
    for (const [token, { atMs }] of this.#tokens) {
      if (atMs > nowMs - REMEMBERED_MS) return;
      this.#tokens.delete(token);
    }
  }
}

/** The same for requests that mean the same: the order of object keys does not count. */
export function digestOf(request: unknown): string {
  return hash('sha1', canonical(request), 'base64');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  return `{${Object.keys(value)
    .sort()
    .map((key) => member(value, key))
    .join(',')}}`;
}

function member(object: Json, key: string): string {
  return `${JSON.stringify(key)}:${canonical(object[key])}`;
}
