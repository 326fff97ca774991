import { refuse } from './refused.ts';

/** Reads bytes as UTF-8 and refuses anything else: a replaced character is a changed message. */
export function utf8Body(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('body_malformed', 'the body is not UTF-8');
  }
}
