import { describe, expect, it, vi } from 'vitest';
import { InvariantViolation } from '#shared/kernel/invariant.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';

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
      detail: 'the entry does not balance',
    });
  });

  it('reaches the log, beside the words of the line', () => {
    const written: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    const writeOut = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    logger.error('message is dead', reasonOf(new InvariantViolation('does not balance')));
    write.mockRestore();
    writeOut.mockRestore();
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      level: 'ERROR',
      message: 'message is dead',
      reason: 'InvariantViolation',
      detail: 'does not balance',
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
