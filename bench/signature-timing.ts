import { performance } from 'node:perf_hooks';
import { hmacHex, sameText } from '#shared/gateways/common/signatures.ts';

/**
 * `node bench/signature-timing.ts`: whether the time of a comparison tells how much of a forged
 * signature is right.
 *
 * Three signatures are compared with the right one in turn, millions of times: wrong in the first
 * byte, wrong in the last byte, and wrong in the first byte once more, which is the noise of the
 * machine in the same run. A ratio that is not further from 1 than the noise tells nobody anything.
 * The naive comparison beside it shows that the measurement could see a difference.
 */
const ROUNDS = Number(process.argv[2] ?? 60);
const CALLS = 50_000;

const expected = hmacHex('sha256', 'secret', 'message').repeat(8);
const other = (character: string) => (character === '0' ? '1' : '0');
const firstWrong = other(expected.charAt(0)) + expected.slice(1);
const lastWrong = expected.slice(0, -1) + other(expected.at(-1) ?? '');

type Compare = (expected: string, received: string) => boolean;

/** Stops at the first difference, as `===` over bytes may. Here only to be seen. */
const naive: Compare = (a, b) => {
  for (let at = 0; at < a.length; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return false;
  }
  return true;
};

function nanosecondsPerCall(compare: Compare, received: string): number {
  let equal = 0;
  const startedAt = performance.now();
  for (let call = 0; call < CALLS; call += 1) if (compare(expected, received)) equal += 1;
  const ms = performance.now() - startedAt;
  if (equal > 0) throw new Error('a forged signature was taken for the right one');
  return (ms * 1e6) / CALLS;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function measure(name: string, compare: Compare): void {
  const times: Record<'first' | 'last' | 'again', number[]> = { first: [], last: [], again: [] };
  const cases = [
    ['first', firstWrong],
    ['last', lastWrong],
    ['again', firstWrong],
  ] as const;
  for (const [, received] of cases) nanosecondsPerCall(compare, received);
  for (let round = 0; round < ROUNDS; round += 1) {
    // In turn, and each time another one first: a slow second of the machine hits all alike.
    for (let at = 0; at < cases.length; at += 1) {
      const [kind, received] = cases[(at + round) % cases.length] ?? cases[0];
      times[kind].push(nanosecondsPerCall(compare, received));
    }
  }
  const [first, last, again] = [median(times.first), median(times.last), median(times.again)];
  process.stdout.write(
    `${name.padEnd(16)} first byte wrong ${first.toFixed(1)} ns, last byte wrong ${last.toFixed(1)} ns: ratio ${(last / first).toFixed(3)}, noise ${(again / first).toFixed(3)}\n`,
  );
}

process.stdout.write(
  `${expected.length} characters, ${ROUNDS} rounds of ${CALLS} calls, medians\n`,
);
measure('product', sameText);
measure('naive, for scale', naive);
