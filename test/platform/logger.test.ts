import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import { reasonOf } from '#shared/platform/logger.ts';

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('what is logged of an error', () => {
  it('is its name and message', () => {
    expect(reasonOf(new InvariantViolation('the entry does not balance'))).toEqual({
      reason: 'InvariantViolation',
      message: 'the entry does not balance',
    });
  });

  it('is never a field of it: those may hold payloads', () => {
    const error = Object.assign(new Error('refused'), { body: 'ivanov@example.com' });
    expect(JSON.stringify(reasonOf(error))).not.toContain('ivanov');
    expect(JSON.stringify(reasonOf({ email: 'ivanov@example.com' }))).not.toContain('ivanov');
    expect(JSON.stringify(reasonOf('ivanov@example.com'))).not.toContain('ivanov');
  });

  it('is not the text that could not be read: the JSON parser quotes it', () => {
    const error = thrownBy(() => JSON.parse('{"email": ivanov@example.com}'));
    expect(String(error)).toContain('ivanov');
    const logged = reasonOf(error);
    expect(logged.reason).toBe('SyntaxError');
    expect(JSON.stringify(logged)).not.toContain('ivanov');
  });
});
