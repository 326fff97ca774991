import { beforeAll, describe, expect, it } from 'vitest';
import { type Enumeration, enumerateCrashes } from '../../simulation/enumerate.ts';

// All kinds of stories and all functions are the script's: `npm run simulate -- --enumerate`.

describe('a crash at each await of the settle function', () => {
  let found: Enumeration;
  beforeAll(async () => {
    found = await enumerateCrashes({ functions: ['settle'], kinds: ['single', 'mistyped'] });
  });

  it('falls before and after each of its calls and promises, and is really made', () => {
    const awaits = [...found.awaits.values()].reduce((sum, count) => sum + count, 0);
    expect(found.points.length).toBe(2 * awaits);
    expect(found.points.filter(({ hasCrashed }) => !hasCrashed)).toEqual([]);
    expect([...found.awaits.keys()]).toEqual(
      expect.arrayContaining([
        'settle port.handler',
        'settle port.settle',
        'settle port.store.load',
        'settle dynamodb.BatchGetItem',
        'settle port.store.save',
        'settle dynamodb.TransactWriteItems',
        'settle archive.PutObject',
      ]),
    );
  });

  it('changes nothing of where the money stands at the end', () => {
    const bad = found.points.filter(({ isSameEnd, problems }) => !isSameEnd || problems.length > 0);
    expect(bad.map(({ key, when }) => `${when} ${key}`)).toEqual([]);
  });
});

describe('a crash while an operator works, or while a poisonous message is buried', () => {
  it('changes nothing at the end either', async () => {
    const { points } = await enumerateCrashes({
      functions: ['operate', 'file', 'settle'],
      kinds: ['poison'],
    });
    const bad = points.filter(({ isSameEnd, problems }) => !isSameEnd || problems.length > 0);
    expect(bad.map(({ key, when }) => `${when} ${key}`)).toEqual([]);
    expect(points.length).toBeGreaterThan(20);
  });
});
