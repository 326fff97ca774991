import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { netOf } from '../../simulation/oracle.ts';
import type { Fact } from '../../simulation/world/history.ts';

function fact(total: Fact['total'], amount: bigint, id = ''): Fact {
  return { total, amount, id, atMs: 0, kind: 'payment.captured', lifecycle: 'captured' };
}

describe('the oracle', () => {
  it.each<[string, readonly Fact[], bigint]>([
    ['nothing happened', [], 0n],
    ['two captures add up', [fact('captured', 60n), fact('captured', 40n)], 100n],
    ['a refund is deducted', [fact('captured', 100n), fact('refunded', 30n, 'a')], 70n],
    [
      'a failed refund comes back',
      [fact('captured', 100n), fact('refunded', 30n, 'a'), fact('refundFailed', 30n, 'a')],
      100n,
    ],
    ['a reversal is deducted', [fact('captured', 100n), fact('captureReversed', 100n)], 0n],
    ['an open dispute still counts', [fact('captured', 100n), fact('disputed', 100n, 'd')], 100n],
    [
      'a lost dispute is gone',
      [fact('captured', 100n), fact('disputed', 40n, 'd'), fact('disputeLost', 40n, 'd')],
      60n,
    ],
    [
      'refunded and charged back is deducted once',
      [fact('captured', 100n), fact('refunded', 100n, 'a'), fact('disputeLost', 100n, 'd')],
      0n,
    ],
  ])('%s', (_name, facts, net) => {
    expect(netOf(facts)).toBe(net);
  });

  it('shares no code with the product', () => {
    const imports = readFileSync('simulation/oracle.ts', 'utf8').match(/from '[^']+'/g);
    expect(imports).toEqual(["from './world/history.ts'", "from './world/story.ts'"]);
  });
});
